import type { CommandSpec } from '../command.ts'
import { loadConfig } from '../config/load.ts'
import { configuredStore } from '../connection/store.ts'
import { dataFolder } from '../data-folder/folder.ts'

const init: CommandSpec = {
  name: 'init',
  summary: 'make the data folder, its secrets, the database and the first management key',
  details:
    'Makes what an installation stands on, and prints the first management key once. What is there already stays as it is. There is no default password.',
  example: 'init --data /var/lib/countersign',
  scope: 'config',
  flags: [{ spelling: '--new-key', summary: 'make another management key: the old one is lost' }],
  run: async (call) => {
    const { terminal } = call
    const { initialise } = await import('../setup/initialise.ts')
    const { config } = await loadConfig(call)
    const newKey = call.flags.on('newKey')
    const { created, key } = await initialise(config, call.environment, { newKey })
    const { data } = config
    const { name: database } = await configuredStore(config)
    const result = { data, database, created, key: key?.reveal() ?? null }
    terminal.result(result, () => {
      if (key === undefined) {
        terminal.line(`already initialised: ${data} was left as it is`)
        terminal.note('A lost management key is replaced by: countersign init --new-key')
        return
      }
      for (const path of created) terminal.line(`created ${path}`)
      terminal.line()
      terminal.line(`management key  ${terminal.paint('bold', key.reveal())}`)
      terminal.note(`Shown this once, and kept in ${dataFolder(data).adminKey} (mode 0600).`)
      terminal.note('Back the folder up: without pepper and kek the database opens nothing.')
    })
  },
}

/** `init`. */
export const initCommands: readonly CommandSpec[] = [init]

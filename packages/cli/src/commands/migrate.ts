import type { CommandSpec } from '../command.ts'
import { loadConfig } from '../config/load.ts'
import { configuredStore } from '../connection/store.ts'
import { CliError } from '../exit.ts'

const migrate: CommandSpec = {
  name: 'migrate',
  summary: 'bring the schema of the database up to date',
  details:
    'Applies the migrations that are pending, all or none. `serve` does the same at its start; run this first where the deployment wants it apart. --check applies nothing and fails when some are pending.',
  example: 'migrate --check',
  scope: 'config',
  flags: [{ spelling: '--check', summary: 'only say what is pending' }],
  run: async (call) => {
    const { config } = await loadConfig(call)
    const store = await configuredStore(config)
    const check = call.flags.on('check')
    const { pending } = await store.status()
    const applied = check || pending.length === 0 ? [] : await store.migrate()
    const { current } = await store.status()
    const left = check ? pending : []
    call.terminal.result({ database: store.name, current, applied, pending: left }, () => {
      for (const name of applied) call.terminal.line(`applied ${name}`)
      for (const name of left) call.terminal.line(`pending ${name}`)
      if (applied.length + left.length === 0) call.terminal.line(`up to date: ${current ?? '-'}`)
    })
    if (left.length > 0) throw new CliError('failure', `${left.length} migrations are pending`)
  },
}

/** `migrate`. */
export const migrateCommands: readonly CommandSpec[] = [migrate]

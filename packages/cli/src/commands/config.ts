import { configJsonSchema, readMasterSecrets } from '@countersign/server/config'
import type { CommandSpec } from '../command.ts'
import { loadConfig } from '../config/load.ts'

const check: CommandSpec = {
  name: 'config check',
  summary: 'check the configuration and the secrets it refers to',
  details:
    'Checks the configuration file, the environment and the master secrets. Names every problem, with the nearest name for an unknown key; starts nothing.',
  example: 'config check',
  scope: 'config',
  run: async (call) => {
    const { config, file } = await loadConfig(call)
    const { peppers, keks } = readMasterSecrets(config.secrets, call.environment)
    const secrets = { pepper: [...peppers.keys()], kek: [...keks.keys()] }
    call.terminal.result({ ok: true, file: file ?? null, secretVersions: secrets }, () => {
      call.terminal.line(`ok: ${file ?? 'no file, defaults and environment'}`)
      call.terminal.facts([
        ['pepper versions', secrets.pepper.join(' ')],
        ['kek versions', secrets.kek.join(' ')],
      ])
    })
  },
}

const print: CommandSpec = {
  name: 'config print',
  summary: 'print the configuration with every default filled in',
  details: 'Prints the resolved configuration. It refers to secrets and never holds one.',
  example: 'config print --json',
  scope: 'config',
  run: async (call) => {
    const { config, file } = await loadConfig(call)
    call.terminal.result({ file: file ?? null, config }, () => {
      call.terminal.line(JSON.stringify(config, null, 2))
    })
  },
}

const schema: CommandSpec = {
  name: 'config schema',
  summary: 'print the JSON Schema of the configuration file, for editors',
  example: 'config schema > countersign.schema.json',
  scope: 'nothing',
  run: async (call) => {
    call.terminal.result(configJsonSchema(), () => {
      call.terminal.line(JSON.stringify(configJsonSchema(), null, 2))
    })
  },
}

/** Configuration. */
export const configCommands: readonly CommandSpec[] = [check, print, schema]

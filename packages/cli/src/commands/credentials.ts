import type { Call, CommandSpec } from '../command.ts'
import { loadConfig } from '../config/load.ts'
import { isLoopback } from '../connection/connect.ts'
import {
  readCredentials,
  removeCredential,
  saveCredentials,
  STORED_METHODS,
  type StoredCredential,
} from '../data-folder/credentials.ts'
import { dataFolder, ensureFolder, type DataFolder } from '../data-folder/folder.ts'
import { CliError, usage } from '../exit.ts'
import { readSecret } from '../input.ts'

const folderOf = async (call: Call): Promise<DataFolder> =>
  dataFolder((await loadConfig(call)).config.data)

const add: CommandSpec = {
  name: 'credentials add',
  summary: 'store a credential for `countersign curl --as`',
  details:
    'Stores a credential in the data folder (0600) under a name. The secret comes from stdin or --secret-file. It is sent to the origin of --for and to no other; a client fetches its tokens there.',
  example: 'credentials add ci --for https://api.example.com --secret-file ./ci.key',
  arguments: [['<name>', 'name for --as']],
  scope: 'config',
  flags: [
    { spelling: '--for <origin>', summary: 'where it may be sent: https://api.example.com' },
    {
      spelling: '--method <method>',
      summary: 'api-key, client, basic, hmac-key or private-key (default: api-key)',
    },
    { spelling: '--id <id>', summary: 'client id, user name or key id' },
    { spelling: '--secret-file <file>', summary: 'file with the secret (default: stdin)' },
  ],
  run: async (call) => {
    const { flags, arguments: names } = call
    const [name = ''] = names
    const method = STORED_METHODS.find((known) => known === (flags.text('method') ?? 'api-key'))
    if (method === undefined) throw usage(`--method: write one of ${STORED_METHODS.join(', ')}`)
    const origin = originOf(flags.required('for'))
    const id = method === 'api-key' ? (flags.text('id') ?? name) : flags.required('id')
    const folder = await folderOf(call)
    const secret = await readSecret('secret', flags.text('secretFile'), call)
    ensureFolder(folder)
    saveCredentials(folder, { [name]: { method, origin, id, secret } })
    call.terminal.result(shown(name, { method, origin, id }), () => {
      call.terminal.line(`stored ${name} for ${origin}`)
    })
  },
}

const list: CommandSpec = {
  name: 'credentials list',
  summary: 'list stored credentials, without their secrets',
  example: 'credentials list',
  scope: 'config',
  run: async (call) => {
    const stored = readCredentials(await folderOf(call))
    const items = Object.entries(stored).map(([name, credential]) => shown(name, credential))
    call.terminal.result({ items }, () => {
      call.terminal.table(
        items,
        [
          ['NAME', ({ name }) => name],
          ['METHOD', ({ method }) => method],
          ['FOR', ({ origin }) => origin],
          ['ID', ({ id }) => id],
        ],
        'no stored credentials',
      )
    })
  },
}

const remove: CommandSpec = {
  name: 'credentials remove',
  summary: 'forget a stored credential; it stays valid until it is revoked',
  example: 'credentials remove ci',
  arguments: [['<name>', 'name that it is stored under']],
  scope: 'config',
  run: async (call) => {
    const [name = ''] = call.arguments
    if (!removeCredential(await folderOf(call), name))
      throw new CliError('notFound', `no credential "${name}" is stored`)
    call.terminal.result({ name, removed: true }, () => {
      call.terminal.line(`removed ${name}`)
    })
  },
}

const shown = (
  name: string,
  { method, origin, id }: Omit<StoredCredential, 'secret'>,
): { name: string; method: string; origin: string; id: string } => ({ name, method, origin, id })

function originOf(text: string): string {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol) || url.origin !== text.replace(/\/$/, ''))
    throw usage(`"${text}" is no origin; write https://api.example.com`)
  if (url.protocol === 'http:' && !isLoopback(url))
    throw usage(`${url.origin}: a credential crosses no network in clear; use https`)
  return url.origin
}

/** Stored credentials. */
export const credentialsCommands: readonly CommandSpec[] = [add, list, remove]

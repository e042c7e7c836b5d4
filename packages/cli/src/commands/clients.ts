import type { CommandSpec } from '../command.ts'
import { connect } from '../connection/connect.ts'
import { usage } from '../exit.ts'
import { textOf, type Json } from '../json.ts'
import { CLIENT_FLAGS, clientBody, withDefaults } from './client-settings.ts'
import { column, stateOf, timeOf } from './columns.ts'
import { OVERLAP_FLAG, overlapOf } from './held.ts'
import { idOf, listCommand, revokeCommand, showIssued, type Resource } from './resource.ts'

const CLIENTS: Resource = {
  noun: 'clients',
  one: 'client',
  path: '/v1/clients',
  columns: [
    column('ID', 'id'),
    column('NAME', 'name'),
    column('TOKENS', 'accessTokenFormat'),
    column('SCOPES', 'scopes'),
    ['CREATED', (row) => timeOf(row, 'createdAt')],
    ['STATE', stateOf],
  ],
}

const create: CommandSpec = {
  name: 'clients create',
  summary: 'make an OAuth client; its secret, where it has one, is shown once',
  details:
    'Makes a client. How it proves itself follows from what is given: --public nothing, --jwks or --jwks-uri a signed assertion, --tls-name a certificate, else a secret. What has no flag is in --settings, by its name in the management API.',
  example:
    'clients create --name shop --public --redirect-uri https://shop.example/cb --scope orders:read',
  scope: 'authority',
  flags: CLIENT_FLAGS,
  run: async (call) => {
    const body = withDefaults(await clientBody(call))
    if (typeof body['name'] !== 'string') call.flags.required('name')
    const client = await (await connect(call)).post(CLIENTS.path, body)
    const { secret } = client
    showIssued(call, client, {
      title: 'client created',
      facts: factsOf(client),
      secret: typeof secret === 'string' ? secret : undefined,
    })
  },
}

const update: CommandSpec = {
  name: 'clients update',
  summary: 'change a client; what is not given stays',
  details:
    'Changes a client. A list that is given replaces the one before. A client that changes to another proof than a secret loses its secrets; one that changes to a secret gets it by clients rotate-secret.',
  example: 'clients update cli_… --redirect-uri https://shop.example/cb2',
  arguments: [['<id>', 'id of the client']],
  scope: 'authority',
  flags: CLIENT_FLAGS,
  run: async (call) => {
    const body = await clientBody(call)
    if (Object.keys(body).length === 0) throw usage('nothing to change was given')
    const client = await (await connect(call)).patch(`${CLIENTS.path}/${idOf(call)}`, body)
    call.terminal.result(client, () => {
      call.terminal.line(call.terminal.paint('bold', 'client changed'))
      call.terminal.facts(factsOf(client))
    })
  },
}

const factsOf = (client: Json): readonly (readonly [name: string, value: string])[] => [
  ['id', textOf(client, 'id')],
  ['name', textOf(client, 'name')],
  ['proof', textOf(client, 'tokenEndpointAuthMethod')],
  ['grants', textOf(client, 'grantTypes')],
  ['scopes', textOf(client, 'scopes')],
  ['audiences', textOf(client, 'audiences')],
  ['redirects', textOf(client, 'redirectUris')],
  ['tokens', textOf(client, 'accessTokenFormat')],
]

const rotateSecret: CommandSpec = {
  name: 'clients rotate-secret',
  summary: 'give a client a new secret; the old ones live on for the overlap',
  example: 'clients rotate-secret cli_… --overlap 24h',
  arguments: [['<id>', 'id of the client']],
  scope: 'authority',
  flags: [OVERLAP_FLAG],
  run: async (call) => {
    const overlapSeconds = overlapOf(call)
    const path = `${CLIENTS.path}/${idOf(call)}/rotate-secret`
    const issued = await (await connect(call)).post(path, { overlapSeconds })
    showIssued(call, issued, {
      title: 'secret rotated',
      facts: [['client', call.arguments[0] ?? '']],
      secret: textOf(issued, 'secret'),
    })
  },
}

/** OAuth clients. */
export const clientsCommands: readonly CommandSpec[] = [
  create,
  update,
  listCommand(CLIENTS),
  rotateSecret,
  revokeCommand(CLIENTS),
]

import type { CommandSpec } from '../command.ts'
import { connect } from '../connection/connect.ts'
import { usage } from '../exit.ts'
import { textOf } from '../json.ts'
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
  summary: 'make an OAuth client for client credentials; its secret is shown once',
  example: 'clients create --name reports --scope orders:read --audience https://api.example.com',
  scope: 'authority',
  flags: [
    { spelling: '--name <name>', summary: 'what it is called' },
    { spelling: '--scope <scope>', summary: 'the most its tokens may be granted', repeats: true },
    {
      spelling: '--audience <uri>',
      summary: 'API it may ask tokens for; the first is the default',
      repeats: true,
    },
    { spelling: '--tokens <format>', summary: 'jwt or opaque (default: jwt)' },
    { spelling: '--access-ttl <duration>', summary: 'life of its access tokens (default: 15m)' },
    { spelling: '--auth-method <method>', summary: 'basic or post (default: basic)' },
    {
      spelling: '--certificate-bound',
      summary: 'bind its tokens to the client certificate of its connection (RFC 8705)',
    },
  ],
  run: async (call) => {
    const { flags } = call
    const ttl = flags.seconds('accessTtl')
    const client = await (await connect(call)).post(CLIENTS.path, {
      name: flags.required('name'),
      scopes: flags.list('scope'),
      audiences: flags.list('audience'),
      accessTokenFormat: oneOf('--tokens', flags.text('tokens') ?? 'jwt', ['jwt', 'opaque']),
      tokenEndpointAuthMethod: `client_secret_${oneOf('--auth-method', flags.text('authMethod') ?? 'basic', ['basic', 'post'])}`,
      certificateBoundAccessTokens: flags.on('certificateBound'),
      ...(ttl === undefined ? {} : { accessTokenTtlSeconds: ttl }),
    })
    showIssued(call, client, {
      title: 'client created',
      facts: [
        ['id', textOf(client, 'id')],
        ['name', textOf(client, 'name')],
        ['scopes', textOf(client, 'scopes')],
        ['audiences', textOf(client, 'audiences')],
        ['tokens', textOf(client, 'accessTokenFormat')],
      ],
      secret: textOf(client, 'secret'),
    })
  },
}

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

function oneOf(flag: string, value: string, allowed: readonly string[]): string {
  if (allowed.includes(value)) return value
  throw usage(`${flag}: "${value}" is none of ${allowed.join(', ')}`)
}

/** OAuth clients. */
export const clientsCommands: readonly CommandSpec[] = [
  create,
  listCommand(CLIENTS),
  rotateSecret,
  revokeCommand(CLIENTS),
]

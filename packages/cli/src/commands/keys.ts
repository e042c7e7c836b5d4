import type { Call, CommandSpec } from '../command.ts'
import { connect } from '../connection/connect.ts'
import { usage } from '../exit.ts'
import { textOf, type Json } from '../json.ts'
import { parseLimit } from './limit-flag.ts'
import { column, stateOf, timeOf } from './columns.ts'
import { idOf, listCommand, revokeCommand, showIssued, type Resource } from './resource.ts'

const KEYS: Resource = {
  noun: 'keys',
  one: 'key',
  path: '/v1/keys',
  columns: [
    column('ID', 'id'),
    column('NAME', 'name'),
    column('ENV', 'environment'),
    column('SERVICE', 'serviceId'),
    column('SCOPES', 'scopes'),
    ['EXPIRES', (row) => timeOf(row, 'expiresAt')],
    ['LAST USED', (row) => timeOf(row, 'lastUsedAt')],
    ['STATE', stateOf],
  ],
}

const create: CommandSpec = {
  name: 'keys create',
  summary: 'make an API key for a service; its secret is shown once',
  example: 'keys create --service svc_… --name ci --scope orders:read --expires-in 90d',
  scope: 'authority',
  flags: [
    { spelling: '--service <id>', summary: 'the service that holds it' },
    { spelling: '--name <name>', summary: 'what it is for' },
    { spelling: '--scope <scope>', summary: 'what it may do', repeats: true },
    { spelling: '--environment <name>', summary: 'live, test, … (default: live)' },
    { spelling: '--expires-in <duration>', summary: '45s, 30m, 12h, 90d (default: never)' },
    { spelling: '--network <cidr>', summary: 'where it may call from', repeats: true },
    { spelling: '--rate-limit <n/duration>', summary: 'for example 100/1m', repeats: true },
  ],
  run: async (call) => {
    const { flags } = call
    const expiresIn = flags.seconds('expiresIn')
    const body = {
      serviceId: flags.required('service'),
      name: flags.required('name'),
      environment: flags.text('environment') ?? 'live',
      scopes: scopesOf(call),
      networks: flags.list('network'),
      limits: flags.list('rateLimit').map(parseLimit),
      ...(expiresIn === undefined ? {} : { expiresAt: nowSeconds() + expiresIn }),
    }
    const issued = await (await connect(call)).post(KEYS.path, body)
    showKey(call, issued, 'key created')
  },
}

const rotate: CommandSpec = {
  name: 'keys rotate',
  summary: 'make the successor of a key; the old one lives on for the overlap',
  details:
    'Makes a new key with the same rights. The old one works until the overlap ends, never longer than it would have.',
  example: 'keys rotate 4fZk… --overlap 24h',
  arguments: [['<id>', 'id of the key']],
  scope: 'authority',
  flags: [{ spelling: '--overlap <duration>', summary: 'how long both work (default: 24h)' }],
  run: async (call) => {
    const overlapSeconds = call.flags.seconds('overlap') ?? 86_400
    const issued = await (await connect(call)).post(`${KEYS.path}/${idOf(call)}/rotate`, {
      overlapSeconds,
    })
    showKey(call, issued, 'key rotated')
  },
}

function showKey(call: Call, issued: Json, title: string): void {
  showIssued(call, issued, {
    title,
    facts: [
      ['id', textOf(issued, 'id')],
      ['name', textOf(issued, 'name')],
      ['scopes', textOf(issued, 'scopes')],
      ['expires', timeOf(issued, 'expiresAt')],
    ],
    secret: textOf(issued, 'secret'),
  })
}

function scopesOf({ flags }: Call): readonly string[] {
  const scopes = flags.list('scope')
  if (scopes.length === 0)
    throw usage('--scope is missing: a key that was given no scope can do nothing')
  return scopes
}

const nowSeconds = (): number => Math.floor(Date.now() / 1000)

/** API keys. */
export const keysCommands: readonly CommandSpec[] = [
  create,
  listCommand(KEYS),
  rotate,
  revokeCommand(KEYS),
]

import type { Call, CommandSpec } from '../command.ts'
import { connect } from '../connection/connect.ts'
import { textOf, type Json } from '../json.ts'
import { parseLimit } from './limit-flag.ts'
import { bindingOf, BINDING_FLAGS } from './binding.ts'
import { column, timeOf } from './columns.ts'
import { heldBody, HELD_COLUMNS, HELD_FLAGS, OVERLAP_FLAG, overlapOf } from './held.ts'
import { idOf, listCommand, revokeCommand, showIssued, type Resource } from './resource.ts'

const KEYS: Resource = {
  noun: 'keys',
  one: 'key',
  path: '/v1/keys',
  columns: [
    column('ID', 'id'),
    column('NAME', 'name'),
    column('ENV', 'environment'),
    ...HELD_COLUMNS,
  ],
}

const create: CommandSpec = {
  name: 'keys create',
  summary: 'make an API key for a service; its secret is shown once',
  example: 'keys create --service svc_… --name ci --scope orders:read --expires-in 90d',
  scope: 'authority',
  flags: [
    { spelling: '--service <id>', summary: 'the service that holds it' },
    HELD_FLAGS.name,
    HELD_FLAGS.scope,
    { spelling: '--environment <name>', summary: 'live, test, … (default: live)' },
    HELD_FLAGS.expiry,
    HELD_FLAGS.network,
    { spelling: '--rate-limit <n/duration>', summary: 'for example 100/1m', repeats: true },
    ...BINDING_FLAGS,
  ],
  run: async (call) => {
    const { flags } = call
    const body = {
      ...heldBody(call, 'key'),
      ...(await bindingOf(call)),
      environment: flags.text('environment') ?? 'live',
      limits: flags.list('rateLimit').map(parseLimit),
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
  flags: [OVERLAP_FLAG],
  run: async (call) => {
    const issued = await (await connect(call)).post(`${KEYS.path}/${idOf(call)}/rotate`, {
      overlapSeconds: overlapOf(call),
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

/** API keys. */
export const keysCommands: readonly CommandSpec[] = [
  create,
  listCommand(KEYS),
  rotate,
  revokeCommand(KEYS),
]

import type { Call, CommandSpec } from '../command.ts'
import { connect } from '../connection/connect.ts'
import { usage } from '../exit.ts'
import { readText } from '../input.ts'
import { isJson, textOf, type Json } from '../json.ts'
import { column, timeOf } from './columns.ts'
import { heldBody, HELD_COLUMNS, HELD_FLAGS, OVERLAP_FLAG, overlapOf } from './held.ts'
import { idOf, listCommand, revokeCommand, showIssued, type Resource } from './resource.ts'

const SIGNING: Resource = {
  noun: 'signing-credentials',
  one: 'signing credential',
  path: '/v1/signing-credentials',
  columns: [
    column('ID', 'id'),
    column('NAME', 'name'),
    column('ALGORITHM', 'algorithm'),
    ...HELD_COLUMNS,
  ],
}

const publicKeyFlag = {
  spelling: '--public-key <file>',
  summary: 'public JWK (Ed25519 or P-256), or - for stdin; without it an HMAC key is made',
} as const

const create: CommandSpec = {
  name: 'signing-credentials create',
  summary: 'make a key with which a service signs its requests',
  details:
    'With --public-key the service keeps its private key and only the public half is registered. Without it an HMAC secret is made and shown once; it serves RFC 9421 and SigV4.',
  example: 'signing-credentials create --service svc_… --name ci --scope orders:read',
  scope: 'authority',
  flags: [
    { spelling: '--service <id>', summary: 'the service that signs' },
    HELD_FLAGS.name,
    HELD_FLAGS.scope,
    publicKeyFlag,
    HELD_FLAGS.expiry,
    HELD_FLAGS.network,
  ],
  run: async (call) => {
    const body = heldBody(call, 'credential')
    const publicJwk = await publicKeyOf(call)
    const key = publicJwk === undefined ? { kind: 'hmac_key' } : { kind: 'public_key', publicJwk }
    const issued = await (await connect(call)).post(SIGNING.path, { ...body, ...key })
    show(call, issued, 'signing credential created')
  },
}

const rotate: CommandSpec = {
  name: 'signing-credentials rotate',
  summary: 'make the successor of a signing credential; the old one lives on for the overlap',
  details:
    'Makes a new credential with the same rights and a new id. For a public key, --public-key names the new one.',
  example: 'signing-credentials rotate sig_… --overlap 24h',
  arguments: [['<id>', 'id of the signing credential']],
  scope: 'authority',
  flags: [OVERLAP_FLAG, { ...publicKeyFlag, summary: 'the new public JWK, or - for stdin' }],
  run: async (call) => {
    const publicJwk = await publicKeyOf(call)
    const body = {
      overlapSeconds: overlapOf(call),
      ...(publicJwk === undefined ? {} : { publicJwk }),
    }
    const issued = await (await connect(call)).post(`${SIGNING.path}/${idOf(call)}/rotate`, body)
    show(call, issued, 'signing credential rotated')
  },
}

function show(call: Call, issued: Json, title: string): void {
  showIssued(call, issued, {
    title,
    facts: [
      ['id', textOf(issued, 'id')],
      ['name', textOf(issued, 'name')],
      ['algorithm', textOf(issued, 'algorithm')],
      ['scopes', textOf(issued, 'scopes')],
      ['expires', timeOf(issued, 'expiresAt')],
    ],
    secret: typeof issued['secret'] === 'string' ? issued['secret'] : undefined,
  })
}

/** What kind of key it is, the authority decides: here it only has to be an object. */
async function publicKeyOf(call: Call): Promise<Json | undefined> {
  const { flags } = call
  const file = flags.text('publicKey')
  if (file === undefined) return undefined
  if (file === '-' && flags.text('keyFile') === '-')
    throw usage('stdin cannot carry both the key and the public key')
  const text = await readText('public key', file, call)
  try {
    const jwk: unknown = JSON.parse(text)
    if (isJson(jwk)) return jwk
  } catch {
    // The parser's message would quote the text, which may be a private key by mistake.
  }
  throw usage('the public key is no JWK: write a JSON object with kty, crv and x')
}

/** Keys that sign requests. */
export const signingCredentialsCommands: readonly CommandSpec[] = [
  create,
  listCommand(SIGNING),
  rotate,
  revokeCommand(SIGNING),
]

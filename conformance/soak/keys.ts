/** The load: API keys, signed requests and signing keys. */
import { importSignatureKey, signRequest } from 'countersign/http-signature/sign'
import type { Answer } from './call.ts'
import type { Subject } from './ledger.ts'
import type { Node } from './node.ts'
import { end, hold } from './tokens.ts'
import { administer, insist, textIn, type Holding, type World } from './world.ts'

const KEYS = '/v1/keys'
const ONE_TO_THREE = [1, 3] as const

/** Makes an API key. An answer that was lost made one that nobody holds. */
export async function newKey(world: World): Promise<void> {
  const json = { serviceId: world.serviceId, name: 'soak', scopes: ['orders:read'] }
  const answer = await administer(world, { operation: 'create key', path: KEYS, json })
  if (answer?.status === 201) holdKey(world, answer)
}

function holdKey(world: World, answer: Answer): Holding {
  const [id, value] = [textIn(answer, 'id'), textIn(answer, 'secret')]
  const name = `key ${id}`
  return hold(world, { kind: 'api-key', name, id, value, marks: [{ name }] })
}

/** Rotates a key without overlap: the successor works, and the old one does not. */
export async function rotateKey(world: World): Promise<void> {
  const key = livingKey(world)
  const [mark] = key?.marks ?? []
  if (key === undefined || mark === undefined) return
  mark.endingFrom = Date.now()
  world.ledger.note(key, 'rotated')
  const path = `${KEYS}/${key.id}/rotate`
  const given = { operation: 'rotate key', path, json: { overlapSeconds: 0 } }
  const answer = await administer(world, given)
  if (answer?.status !== 201) return
  mark.endedAt = Date.now()
  holdKey(world, answer)
}

/** Revokes a key, or takes its scope away. */
export async function endKey(world: World): Promise<void> {
  const key = livingKey(world)
  const [mark] = key?.marks ?? []
  if (key === undefined || mark === undefined) return
  const isNarrowed = world.random.next() < 0.4
  const path = `${KEYS}/${key.id}`
  world.ledger.note(key, isNarrowed ? 'narrowed' : 'revoked')
  await end(world, mark, () =>
    isNarrowed
      ? administer(world, { operation: 'narrow key', method: 'PATCH', path, json: { scopes: [] } })
      : administer(world, { operation: 'revoke key', method: 'DELETE', path }),
  )
}

const livingKey = ({ random, holdings }: World): Holding | undefined =>
  random.pick(
    holdings.filter(
      ({ kind, marks }) => kind === 'api-key' && marks.every((mark) => !mark.endingFrom),
    ),
  )

/** A request that was signed, and how often it was let through. */
interface Signed extends Subject {
  readonly headers: readonly (readonly [string, string])[]
  readonly at: number
  allowed: number
  /** Attempts without an answer: each may have used it up. */
  lost: number
}

const kept: Signed[] = []
const MOST_KEPT = 300
let serial = 0

/** Signs a request and sends it to every node, several times at once; or one of before again. */
export async function signedRequest(world: World): Promise<void> {
  const { random, nodes } = world
  const old = random.next() < 0.3 ? random.pick(kept) : undefined
  const request = old ?? (await sign(world))
  const times = random.between(...ONE_TO_THREE)
  const everywhere = nodes.flatMap((node) => Array.from({ length: times }, () => node))
  await Promise.all(everywhere.map((node) => present(world, request, node)))
  const { ledger, weather } = world
  ledger.check('no signature is accepted twice', request.allowed <= 1, request, () => 'it was')
  const isExcused = request.lost > 0 || Date.now() < weather.wrongClockUntil
  const wasTaken = request.allowed === 1 || isExcused
  ledger.check('a good signature is accepted', wasTaken, request, () => 'nowhere')
}

async function sign(world: World): Promise<Signed> {
  const { id, secret } = world.signing
  const key = await importSignatureKey({ keyId: id, algorithm: 'hmac-sha256', secret })
  serial += 1
  const url = 'https://api.example.com/orders'
  const nonce = `soak-${serial}`
  const headers = await signRequest({ method: 'POST', url, body: '{}' }, { key, nonce })
  const made: Signed = {
    name: `signature ${serial}`,
    history: [],
    headers,
    at: Date.now(),
    allowed: 0,
    lost: 0,
  }
  kept.push(made)
  if (kept.length > MOST_KEPT) kept.shift()
  return made
}

async function present(world: World, signed: Signed, node: Node): Promise<void> {
  const described = { method: 'POST', scheme: 'https', authority: 'api.example.com' }
  const body = Buffer.from('{}').toString('base64')
  const request = { ...described, target: '/orders', headers: signed.headers, body }
  const given = { operation: 'signed request', path: '/v1/verify', json: { request } }
  const answer = await administer(world, given, node)
  const outcome = answer?.body['outcome']
  const reason = reasonOf(answer)
  world.ledger.note(signed, `${node.name}: ${reason}`)
  if (outcome === 'allowed') signed.allowed += 1
  if (answer === undefined || reason === 'request.unavailable') signed.lost += 1
}

function reasonOf(answer: Answer | undefined): string {
  if (answer === undefined) return 'no answer'
  return textIn(answer, 'reason') || textIn(answer, 'outcome') || String(answer.status)
}

/** Rotates the signing key in the ordinary way: no token that is good may suffer. */
export async function rotateSigningKey(world: World): Promise<void> {
  const path = '/v1/signing-keys/rotate'
  await administer(world, { operation: 'rotate signing key', path, json: {} })
}

/** Says that the signing key is lost. Every key of now may be the one, until the list says which. */
export async function compromise(world: World): Promise<void> {
  const { kids, weather } = world
  const living = [...kids.values()].filter(({ endingFrom }) => endingFrom === undefined)
  for (const mark of living) mark.endingFrom = Date.now()
  weather.newKeyUntil = Number.POSITIVE_INFINITY
  const path = '/v1/signing-keys'
  const operation = 'compromise signing key'
  const json = { compromised: true }
  await administer(world, { operation, path: `${path}/rotate`, json })
  const listed = await insist(world, () =>
    administer(world, { operation: 'list signing keys', method: 'GET', path }),
  )
  const items = JSON.stringify(listed?.body ?? {})
  for (const [kid, mark] of kids) {
    if (!living.includes(mark)) continue
    const isLost = new RegExp(`"id":"${kid}"[^}]*"state":"compromised"`).test(items)
    if (isLost) mark.endedAt = Date.now()
    else if (listed !== undefined) delete mark.endingFrom
  }
  // A verifier asks for keys that it does not know once in ten seconds.
  weather.newKeyUntil = Date.now() + 15_000
}

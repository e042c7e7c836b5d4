import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { ConfigError, guard, memoryReplay, Secret, type Guard, type Method } from 'countersign'
import { authority, type AuthorityClient } from 'countersign/authority'
import { dpop } from 'countersign/dpop'
import { httpSignature } from 'countersign/http-signature'
import {
  importSignatureKey,
  signRequest,
  type SignatureKeyInput,
} from 'countersign/http-signature/sign'
import { sigv4 } from 'countersign/sigv4'
import { signSigV4 } from 'countersign/sigv4/sign'
import { requestView } from 'countersign/testing'
import { addService, apiCaller, textOf, type ApiCaller } from '../testing/api-caller.ts'
import { addApiKey, openAuthority, serveLocally, type TestAuthority } from '../testing/authority.ts'

const VERIFIER = ['countersign:feed:read', 'countersign:verify', 'countersign:day-keys:eu-1:orders']
const URL_OF_ORDER = 'https://api.example.test/orders'
const BODY = '{"amount":5}'

let test: TestAuthority
let server: Awaited<ReturnType<typeof serveLocally>>
let admin: ApiCaller
let serviceId: string
/** How far the clocks of the verifier and of its callers are ahead, in seconds. */
let ahead = 0
const clock = (): number => Date.now() + ahead * 1000
const now = (): number => Math.floor(clock() / 1000)
const opened: AuthorityClient[] = []

beforeEach(async () => {
  ahead = 0
  test = await openAuthority({ clock: Date.now })
  server = await serveLocally(test.authority)
  admin = await apiCaller(test)
  serviceId = await addService(admin)
})
afterEach(async () => {
  for (const remote of opened.splice(0)) await remote.close()
  await server.close()
  await test.close()
})

/** An API in another process, as far as it can tell: it knows the authority over HTTP only. */
interface Edge {
  readonly remote: AuthorityClient
  readonly desk: Guard
  /** What operators were told of decisions. */
  readonly told: string[]
}

async function openEdge(scopes = VERIFIER): Promise<Edge> {
  const { key } = await addApiKey(test, scopes)
  const remote = authority({
    issuer: 'https://auth.example.com',
    url: server.url,
    audience: 'urn:api',
    algorithms: ['ES256'],
    credential: key,
    accept: ['api-key'],
    allowPrivateHosts: ['127.0.0.1'],
    unsafe: { allowHttp: true },
    clock,
  })
  opened.push(remote)
  const told: string[] = []
  const onDecision = (record: unknown): void => void told.push(JSON.stringify(record))
  const desk = guard({ methods: methodsOf(remote), clock, trustedProxies: [], onDecision })
  await remote.ready()
  return { remote, desk, told }
}

function methodsOf(remote: AuthorityClient): readonly Method[] {
  const { revocations } = remote
  const [region, service] = ['eu-1', 'orders']
  const source = remote.signingKeys()
  // Its memory begins with the test: what it fences would be everything.
  const replay = memoryReplay({ unsafe: { noFence: true } })
  return [
    httpSignature({ algorithms: ['ed25519'], source, revocations, replay }),
    sigv4({ region, service, source: remote.sigv4({ region, service }), revocations, replay }),
  ]
}

type Fields = readonly (readonly [string, string])[]

async function decide({ desk }: Edge, headers: Fields): Promise<string> {
  const parts = { method: 'POST', authority: 'api.example.test', target: '/orders', body: BODY }
  const decision = await desk.check(requestView({ ...parts, headers }), { scopes: ['orders:read'] })
  return decision.outcome === 'refused' ? decision.reason : decision.outcome
}

/** Signs and asks until the answer changes, and answers with the new one. */
async function changed(edge: Edge, from: string, sign: () => Promise<Fields>): Promise<string> {
  for (;;) {
    const outcome = await decide(edge, await sign())
    if (outcome !== from) return outcome
    await new Promise((resolve) => setImmediate(resolve))
  }
}

interface Signer {
  readonly id: string
  readonly secret: string
  readonly sign: () => Promise<Fields>
}

const PATH = '/v1/signing-credentials'
let nonce = 0

async function publicKey(path = PATH, more: object = owned()): Promise<Signer> {
  const { publicKey: half, privateKey } = generateKeyPairSync('ed25519')
  const made = await admin('POST', path, { ...more, publicJwk: half.export({ format: 'jwk' }) })
  assert.equal(made.status, 201, made.text)
  const id = textOf(made, 'id')
  const jwk = { ...privateKey.export({ format: 'jwk' }) }
  return { id, secret: '', sign: () => signed({ keyId: id, algorithm: 'ed25519', jwk }) }
}

const owned = (kind = 'public_key'): object => ({
  serviceId,
  kind,
  name: 'n',
  scopes: ['orders:read'],
})

async function signed(input: SignatureKeyInput): Promise<Fields> {
  const key = await importSignatureKey(input)
  nonce += 1
  const options = { key, clock, nonce: `nonce-${nonce}` }
  return signRequest({ method: 'POST', url: URL_OF_ORDER, body: BODY }, options)
}

async function accessKey(path = PATH, more: object = owned('hmac_key')): Promise<Signer> {
  const made = await admin('POST', path, more)
  assert.equal(made.status, 201, made.text)
  const [id, secret] = [textOf(made, 'id'), textOf(made, 'secret')]
  return { id, secret, sign: () => signedV4({ id, secret }) }
}

async function signedV4(
  { id, secret }: Pick<Signer, 'id' | 'secret'>,
  scope = { region: 'eu-1', service: 'orders' },
): Promise<Fields> {
  nonce += 1
  // A signature is good once: without the header two in one second are the same.
  const headers = [['x-nonce', String(nonce)]] as const
  const request = { method: 'POST', url: URL_OF_ORDER, body: BODY, headers }
  const key = { secret: new Secret(secret) }
  const fields = await signSigV4(request, { accessKeyId: id, key, now: now(), ...scope })
  return [...headers, ...fields, ['host', 'api.example.test']]
}

const KINDS = [
  { name: 'http-signature', make: publicKey },
  { name: 'sigv4', make: accessKey },
] as const
const EXPIRED = { 'http-signature': 'http-signature.key-expired', sigv4: 'sigv4.expired' } as const

for (const { name, make } of KINDS) {
  describe(`an edge that verifies ${name} with keys of an authority`, () => {
    it('accepts a key until it is revoked there', async () => {
      const edge = await openEdge()
      const { id, sign } = await make()
      assert.equal(await decide(edge, await sign()), 'allowed')
      assert.equal((await admin('DELETE', `${PATH}/${id}`)).status, 204)
      assert.equal(await changed(edge, 'allowed', sign), `${name}.revoked`)
    })

    it('sees changed scopes of a leased key', async () => {
      const edge = await openEdge()
      const { id, sign } = await make()
      assert.equal(await decide(edge, await sign()), 'allowed')
      await admin('PATCH', `${PATH}/${id}`, { scopes: [] })
      assert.equal(await changed(edge, 'allowed', sign), 'permission.scope-missing')
    })

    it('accepts a captured request once', async () => {
      const edge = await openEdge()
      const headers = await (await make()).sign()
      assert.equal(await decide(edge, headers), 'allowed')
      assert.equal(await decide(edge, headers), `${name}.replayed`)
    })

    it('accepts both keys of a rotation until the overlap ends', async () => {
      const edge = await openEdge()
      const old = await make()
      assert.equal(await decide(edge, await old.sign()), 'allowed')
      const next = await make(`${PATH}/${old.id}/rotate`, { overlapSeconds: 60 })
      assert.equal(await decide(edge, await old.sign()), 'allowed')
      assert.equal(await decide(edge, await next.sign()), 'allowed')
      ahead = 61
      const outcomes = [await decide(edge, await old.sign()), await decide(edge, await next.sign())]
      // The clock of the edge alone has moved: its feed is silent for too long, until it speaks.
      if (outcomes[1] === 'allowed') assert.equal(outcomes[0], EXPIRED[name])
      else assert.deepEqual(outcomes, ['request.unavailable', 'request.unavailable'])
    })

    it('refuses what the authority never issued, without asking for what cannot be its', async () => {
      const edge = await openEdge()
      const { sign } = await make()
      const other = await make()
      const mixed = (await sign()).map(([field, value]) => [
        field,
        value.replace(/sig_[0-9A-Za-z]{22}/, other.id),
      ])
      // Pairs, as they were.
      assert.equal(await decide(edge, mixed as unknown as Fields), `${name}.signature-invalid`)
      const unknown = (await sign()).map(([field, value]) => [
        field,
        value.replace(/sig_[0-9A-Za-z]{22}/, `sig_${'0'.repeat(22)}`),
      ])
      assert.equal(await decide(edge, unknown as unknown as Fields), `${name}.key-unknown`)
    })

    it('verifies known keys while the authority is down, and answers 503 to others', async () => {
      const edge = await openEdge()
      const [known, unknown] = [await make(), await make()]
      assert.equal(await decide(edge, await known.sign()), 'allowed')
      await server.close()
      assert.equal(await decide(edge, await known.sign()), 'allowed')
      assert.equal(await decide(edge, await unknown.sign()), 'request.unavailable')
      // Longer than anything may be believed that nobody could revoke.
      ahead = 60
      assert.equal(await decide(edge, await known.sign()), 'request.unavailable')
    })
  })
}

describe('day keys', () => {
  it('are for the region and the service of the edge and for no other', async () => {
    const edge = await openEdge()
    const { id, secret, sign } = await accessKey()
    for (const [scope, reason] of [
      [{ region: 'us-1', service: 'orders' }, 'sigv4.region-mismatch'],
      [{ region: 'eu-1', service: 'billing' }, 'sigv4.service-mismatch'],
    ] as const) {
      assert.equal(await decide(edge, await signedV4({ id, secret }, scope)), reason)
    }
    const source = edge.remote.sigv4({ region: 'eu-1', service: 'orders' })
    const date = new Date(clock()).toISOString().slice(0, 10).replaceAll('-', '')
    for (const scope of [
      { date, region: 'us-1', service: 'orders' },
      { date, region: 'eu-1', service: 'billing' },
      { date: '20200101', region: 'eu-1', service: 'orders' },
      { date: '29990101', region: 'eu-1', service: 'orders' },
    ]) {
      assert.equal(await source.find(id, scope), undefined)
    }
    assert.equal(await decide(edge, await sign()), 'allowed')
  })

  it('are looked up once for all requests that wait for one, and kept', async () => {
    const edge = await openEdge()
    const { id } = await accessKey()
    const source = edge.remote.sigv4({ region: 'eu-1', service: 'orders' })
    const date = new Date(clock()).toISOString().slice(0, 10).replaceAll('-', '')
    const scope = { date, region: 'eu-1', service: 'orders' }
    const [one, two] = await Promise.all([source.find(id, scope), source.find(id, scope)])
    assert.ok(one !== undefined && one === two && one === (await source.find(id, scope)))
  })

  it('need a scope of their own, and the operator is told which', async () => {
    for (const scopes of [[], ['countersign:day-keys:eu-1:billing']]) {
      const edge = await openEdge(['countersign:feed:read', 'countersign:verify', ...scopes])
      const { id, secret, sign } = await accessKey()
      assert.equal(await decide(edge, await sign()), 'request.unavailable')
      assert.match(edge.told.join('\n'), /403.*needs the scope countersign:day-keys:eu-1:orders/)
      const caller = await apiCaller(test, ['countersign:verify', ...scopes])
      const date = new Date(clock()).toISOString().slice(0, 10).replaceAll('-', '')
      const asked = { kind: 'sigv4', accessKeyId: id, date, region: 'eu-1', service: 'orders' }
      const answer = await caller('POST', '/v1/verify', { credential: asked })
      assert.equal(answer.status, 403, answer.text)
      assert.ok(!answer.text.includes(secret))
    }
  })

  it('and secrets stand in no log, event or record of a decision', async () => {
    const edge = await openEdge()
    const { id, secret, sign } = await accessKey()
    assert.equal(await decide(edge, await sign()), 'allowed')
    const date = new Date(clock()).toISOString().slice(0, 10).replaceAll('-', '')
    const caller = await apiCaller(test)
    const asked = { kind: 'sigv4', accessKeyId: id, date, region: 'eu-1', service: 'orders' }
    const answer = await caller('POST', '/v1/verify', { credential: asked })
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    const key = textOf(answer, 'signingKey')
    const { items } = await test.store.events.list({ tenant: 'default', limit: 200 })
    for (const text of [JSON.stringify(items), ...test.logged, ...edge.told]) {
      assert.ok(!text.includes(secret) && !text.includes(key))
    }
    assert.ok(!answer.text.includes(secret))
  })
})

describe('HMAC keys of RFC 9421', () => {
  it('stay at the authority: asking an edge to accept them is a mistake in its options', async () => {
    const { remote } = await openEdge()
    const source = remote.signingKeys()
    const make = () => httpSignature({ algorithms: ['ed25519', 'hmac-sha256'], source })
    assert.throws(
      make,
      (error) => error instanceof ConfigError && /hmac-sha256/.test(error.message),
    )
  })

  it('are refused with a reason that says so', async () => {
    const edge = await openEdge()
    const { id, secret } = await accessKey()
    const headers = await signed({ keyId: id, algorithm: 'hmac-sha256', secret })
    assert.equal(await decide(edge, headers), 'http-signature.key-withheld')
  })
})

describe('what an authority client gives', () => {
  it('needs a region and a service for day keys', async () => {
    const { remote } = await openEdge()
    assert.throws(() => remote.sigv4({ region: [], service: 'orders' }), ConfigError)
    assert.throws(() => remote.sigv4({ region: 'eu-1', service: '' }), ConfigError)
  })

  it('composes with proofs of possession: dpop wraps its token methods', async () => {
    const { remote } = await openEdge()
    const desk = guard({ methods: remote.methods.map((method) => dpop(method)), clock })
    const { key } = await addApiKey(test, ['orders:read'])
    const view = requestView({ headers: [['authorization', `Bearer ${key}`]] })
    const decision = await desk.check(view, { scopes: ['orders:read'] })
    assert.equal(decision.outcome, 'allowed')
  })
})

import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { after, before, beforeEach, describe, it } from 'node:test'
import { guard, Secret, UnavailableError, type Guard } from 'countersign'
import { httpSignature } from 'countersign/http-signature'
import {
  importSignatureKey,
  signRequest,
  type SignatureKeyInput,
} from 'countersign/http-signature/sign'
import { sigv4 } from 'countersign/sigv4'
import { signSigV4 } from 'countersign/sigv4/sign'
import { requestView } from 'countersign/testing'
import { signingKeySource, sigv4Source } from '../credentials/signing-credentials-source.ts'
import { storedReplay } from '../replay/stored-replay.ts'
import {
  addService,
  apiCaller,
  textOf,
  type ApiAnswer,
  type ApiCaller,
} from '../testing/api-caller.ts'
import { openAuthority, type TestAuthority } from '../testing/authority.ts'

const PATH = '/v1/signing-credentials'

let test: TestAuthority
let admin: ApiCaller
let serviceId: string
let desk: Guard

before(async () => {
  test = await openAuthority()
  admin = await apiCaller(test)
  const { context } = test.authority
  const signature = httpSignature({
    algorithms: ['hmac-sha256', 'ed25519', 'ecdsa-p256-sha256'],
    source: signingKeySource(context, 'default'),
    revocations: context.revocations,
    replay: storedReplay(context.store, { unsafe: { noFence: true } }),
    clock: test.clock.read,
  })
  desk = guard({ methods: [signature], clock: test.clock.read, trustedProxies: [] })
})
after(() => test.close())
beforeEach(async () => {
  serviceId = await addService(admin)
})

interface SignedRequest {
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string
}

/** A request as a caller with this key sends it. */
async function signed(input: SignatureKeyInput): Promise<SignedRequest> {
  const key = await importSignatureKey(input)
  const body = '{"amount":5}'
  const url = 'https://api.example.test/orders'
  const fields = await signRequest({ method: 'POST', url, body }, { key, clock: test.clock.read })
  return { headers: fields, body }
}

async function decide({ headers, body }: SignedRequest, to: Guard = desk): Promise<string> {
  const parts = { method: 'POST', authority: 'api.example.test', target: '/orders' }
  const view = requestView({ ...parts, headers, body, remoteAddress: '192.0.2.7' })
  const decision = await to.check(view, { scopes: ['orders:read'] })
  return decision.outcome === 'refused' ? decision.reason : decision.outcome
}

const hmac = (answer: ApiAnswer): SignatureKeyInput => ({
  keyId: textOf(answer, 'id'),
  algorithm: 'hmac-sha256',
  secret: textOf(answer, 'secret'),
})

const make = (given: Readonly<Record<string, unknown>> = {}): Promise<ApiAnswer> =>
  admin('POST', PATH, { serviceId, kind: 'hmac_key', name: 'n', scopes: ['orders:read'], ...given })

const CURVES = {
  ed25519: () => generateKeyPairSync('ed25519'),
  'ecdsa-p256-sha256': () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
} as const

function keyPair(algorithm: keyof typeof CURVES) {
  const { publicKey, privateKey } = CURVES[algorithm]()
  return {
    publicJwk: publicKey.export({ format: 'jwk' }),
    privateJwk: { ...privateKey.export({ format: 'jwk' }) },
  }
}

const ids = ({ body }: ApiAnswer): unknown =>
  Array.isArray(body['items']) ? body['items'].map((item: { id: string }) => item.id) : []

describe('an HMAC key', () => {
  it('signs at once, is shown once, and its secret is nowhere in the store', async () => {
    const issued = await make()
    assert.equal(issued.status, 201, issued.text)
    assert.equal(issued.headers.get('cache-control'), 'no-store')
    const secret = textOf(issued, 'secret')
    assert.match(secret, /^[A-Za-z0-9_-]{43}$/)
    assert.equal(issued.body['algorithm'], 'hmac-sha256')
    assert.equal(await decide(await signed(hmac(issued))), 'allowed')
    const id = textOf(issued, 'id')
    const stored = await test.store.credentials.find(id)
    assert.equal(stored?.digest, '')
    const { items } = await test.store.events.list({ tenant: 'default', limit: 200 })
    const { text } = await admin('GET', `${PATH}/${id}`)
    for (const shown of [text, JSON.stringify([stored, items]), ...test.logged]) {
      assert.ok(!shown.includes(secret))
    }
    assert.ok(!text.includes('digest'))
  })

  it('is accepted once a signature: a captured request is refused', async () => {
    const request = await signed(hmac(await make()))
    assert.equal(await decide(request), 'allowed')
    assert.equal(await decide(request), 'http-signature.replayed')
  })

  it('is nobody else’s: each id has a secret of its own, whatever the pepper', async () => {
    const [one, two] = [await make(), await make()]
    assert.notEqual(one.body['secret'], two.body['secret'])
    const mixed = { ...hmac(one), keyId: textOf(two, 'id') }
    assert.equal(await decide(await signed(mixed)), 'http-signature.signature-invalid')
  })

  it('outlives a new pepper, and is unavailable, not accepted, without its own', async () => {
    const issued = await make()
    const { store, secrets } = test.authority.context
    const fresh = new Secret(randomBytes(32).toString('base64url'))
    const id = textOf(issued, 'id')
    const secretUnder = async (peppers: ReadonlyMap<number, Secret>) => {
      const found = await signingKeySource({ store, secrets: { ...secrets, peppers } }).find(id)
      assert.ok(found !== undefined && 'secret' in found && found.secret instanceof Secret)
      return found.secret.reveal()
    }
    const rotated = await secretUnder(new Map([...secrets.peppers, [2, fresh]]))
    assert.equal(rotated, issued.body['secret'])
    assert.notEqual(await secretUnder(new Map([[1, fresh]])), rotated)
    await assert.rejects(secretUnder(new Map([[2, fresh]])), UnavailableError)
  })
})

describe('an HMAC key as an access key', () => {
  it('signs with Signature Version 4, and a verifier gets the key of the day, not the secret', async () => {
    const issued = await make()
    const id = textOf(issued, 'id')
    const source = sigv4Source(test.authority.context, 'default')
    const scope = { date: '20260922', region: 'local', service: 'orders' }
    const found = await source.find(id, scope)
    assert.ok(found !== undefined && 'signingKey' in found.key && !('secret' in found.key))
    const methods = [
      sigv4({ source, region: 'local', service: 'orders', unsafe: { replays: true } }),
    ]
    const to = guard({ methods, clock: test.clock.read, trustedProxies: [] })
    const secret = new Secret(textOf(issued, 'secret'))
    const body = '{"amount":5}'
    const headers = await signSigV4(
      { method: 'POST', url: 'https://api.example.test/orders', body },
      {
        accessKeyId: id,
        key: { secret },
        region: 'local',
        service: 'orders',
        now: test.clock.now(),
      },
    )
    assert.equal(
      await decide({ headers: [...headers, ['host', 'api.example.test']], body }, to),
      'allowed',
    )
    const jwk = { kind: 'public_key', publicJwk: keyPair('ed25519').publicJwk }
    assert.equal(await source.find(textOf(await make(jwk), 'id'), scope), undefined)
  })
})

describe('the desk of an application', () => {
  it('takes signatures for its own name only', async () => {
    // The database was made by the real clock, which a test does not wait for.
    const own = await openAuthority({ unsafe: { noReplayFence: true } })
    const caller = await apiCaller(own)
    const given = { serviceId: await addService(caller), scopes: ['orders:read'], name: 'n' }
    const made = await caller('POST', PATH, { ...given, kind: 'hmac_key' })
    const key = await importSignatureKey(hmac(made))
    const [url, body, clock] = ['https://api.example.test/orders', '{}', own.clock.read] as const
    const ask = async (name: string): Promise<string> => {
      const to = own.authority.desk({ audience: 'urn:api', authorities: [name] }).guard()
      return decide(
        { headers: await signRequest({ method: 'POST', url, body }, { key, clock }), body },
        to,
      )
    }
    assert.equal(await ask('other.example.test'), 'http-signature.authority-mismatch')
    assert.equal(await ask('api.example.test'), 'allowed')
    await own.close()
  })
})

describe('a public key', () => {
  for (const algorithm of ['ed25519', 'ecdsa-p256-sha256'] as const) {
    it(`${algorithm}: is registered, verifies what its owner signs, and has no secret`, async () => {
      const { publicJwk, privateJwk } = keyPair(algorithm)
      const sent = { ...publicJwk, kid: 'mine', use: 'sig', key_ops: ['verify'] }
      const issued = await make({ kind: 'public_key', publicJwk: sent })
      assert.equal(issued.status, 201, issued.text)
      assert.equal(issued.body['secret'], null)
      assert.equal(issued.body['algorithm'], algorithm)
      assert.deepEqual(issued.body['publicJwk'], { ...publicJwk })
      const key = { keyId: textOf(issued, 'id'), algorithm, jwk: privateJwk }
      assert.equal(await decide(await signed(key)), 'allowed')
    })
  }

  it('is named by its RFC 7638 thumbprint, as RFC 8037 A.3 computes it', async () => {
    const publicJwk = {
      kty: 'OKP',
      crv: 'Ed25519',
      x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
    }
    const issued = await make({ kind: 'public_key', publicJwk })
    assert.equal(issued.body['thumbprint'], 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
  })

  const { publicJwk: p256, privateJwk } = keyPair('ecdsa-p256-sha256')
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey
  const bad: readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] = [
    ['a private key', { publicJwk: privateJwk }, /private key/],
    ['a private Ed25519 key', { publicJwk: keyPair('ed25519').privateJwk }, /private key/],
    ['a shared secret', { publicJwk: { kty: 'oct', k: 'c2VjcmV0' } }, /private key/],
    ['no key', {}, /public half/],
    ['an RSA key', { publicJwk: rsa.export({ format: 'jwk' }) }, /Ed25519 or P-256/],
    ['a curve named after a property', { publicJwk: { kty: '__proto__', crv: 'x' } }, /Ed25519/],
    ['a point off the curve', { publicJwk: { ...p256, y: p256.x } }, /no point/],
    ['a short Ed25519 key', { publicJwk: { kty: 'OKP', crv: 'Ed25519', x: 'AAAA' } }, /no point/],
    ['coordinates that are no texts', { publicJwk: { ...p256, x: 5 } }, /no point/],
    ['a key for encryption', { publicJwk: { ...p256, use: 'enc' } }, /signatures/],
    ['another algorithm', { publicJwk: { ...p256, alg: 'ES384' } }, /signatures/],
    ['a key beside an HMAC key', { kind: 'hmac_key', publicJwk: p256 }, /no public half/],
  ]
  for (const [what, member, message] of bad) {
    it(`is not registered from ${what}`, async () => {
      const answer = await make({ kind: 'public_key', ...member })
      assert.equal(answer.status, 422, answer.text)
      assert.match(answer.text, /"pointer":"\/publicJwk"/)
      assert.match(answer.text, message)
      assert.ok(!answer.text.includes(String(privateJwk['d'])))
    })
  }
})

describe('a signing credential', () => {
  it('is refused from the moment DELETE answers, with one event and one change', async () => {
    const issued = await make()
    const id = textOf(issued, 'id')
    assert.equal(await decide(await signed(hmac(issued))), 'allowed')
    for (const status of [204, 204]) {
      assert.equal((await admin('DELETE', `${PATH}/${id}`)).status, status)
    }
    assert.equal(await decide(await signed(hmac(issued))), 'http-signature.revoked')
    const { items } = await test.store.events.list({ tenant: 'default', limit: 200 })
    const types = items.filter(({ subject }) => subject === id).map(({ type }) => type)
    assert.deepEqual(types, ['signing-credential.revoked', 'signing-credential.created'])
    const changes = await test.store.changes.after(0, 1000)
    assert.equal(changes.filter(({ subject }) => subject === id).length, 1)
    assert.equal((await admin('PATCH', `${PATH}/${id}`, { name: 'alive' })).status, 409)
    assert.equal((await admin('POST', `${PATH}/${id}/rotate`, {})).status, 409)
  })

  it('is revoked by name as well', async () => {
    const issued = await make()
    const revocation = { kind: 'credential', subject: textOf(issued, 'id') }
    const answer = await admin('POST', '/v1/revocations', revocation)
    assert.ok(answer.status < 300, answer.text)
    assert.equal(await decide(await signed(hmac(issued))), 'http-signature.revoked')
  })

  it('does less at once when it or its service is changed', async () => {
    const issued = await make()
    const id = textOf(issued, 'id')
    const steps = [
      [`${PATH}/${id}`, { networks: ['10.0.0.0/8'] }, 'http-signature.network-denied'],
      [`${PATH}/${id}`, { networks: [], name: 'x' }, 'allowed'],
      [`/v1/services/${serviceId}`, { scopes: ['orders:write'] }, 'permission.scope-missing'],
    ] as const
    assert.equal(await decide(await signed(hmac(issued))), 'allowed')
    for (const [path, change, outcome] of steps) {
      assert.equal((await admin('PATCH', path, change)).status, 200)
      assert.equal(await decide(await signed(hmac(issued))), outcome)
    }
  })

  it('is rotated to a new id and key; the old one ends after the overlap', async () => {
    const issued = await make({ metadata: { team: 'a' } })
    const id = textOf(issued, 'id')
    const next = await admin('POST', `${PATH}/${id}/rotate`, { overlapSeconds: 60 })
    assert.equal(next.status, 201, next.text)
    assert.notEqual(next.body['secret'], issued.body['secret'])
    assert.deepEqual(next.body['metadata'], { team: 'a' })
    const both = async () => [
      await decide(await signed(hmac(issued))),
      await decide(await signed(hmac(next))),
    ]
    assert.deepEqual(await both(), ['allowed', 'allowed'])
    assert.equal((await admin('POST', `${PATH}/${id}/rotate`, {})).status, 409)
    test.clock.pass(60)
    assert.deepEqual(await both(), ['http-signature.key-expired', 'allowed'])
  })

  it('with a public key is rotated to the public key that is sent', async () => {
    const first = keyPair('ed25519')
    const second = keyPair('ecdsa-p256-sha256')
    const issued = await make({ kind: 'public_key', publicJwk: first.publicJwk })
    const path = `${PATH}/${textOf(issued, 'id')}/rotate`
    assert.equal((await admin('POST', path, {})).status, 422)
    const next = await admin('POST', path, { publicJwk: second.publicJwk })
    assert.equal(next.status, 201, next.text)
    assert.equal(next.body['algorithm'], 'ecdsa-p256-sha256')
    assert.equal(next.body['secret'], null)
  })

  it('needs scopes, within those of its service and of who makes it (SR-203)', async () => {
    assert.match((await make({ scopes: undefined })).text, /"pointer":"\/scopes"/)
    assert.match((await make({ scopes: ['admin'] })).text, /"pointer":"\/scopes\/0"/)
    const small = await apiCaller(test, ['countersign:signing-credentials:*'])
    const powerful = await addService(admin, ['countersign:*'])
    const body = { serviceId: powerful, kind: 'hmac_key', name: 'n', scopes: ['countersign:*'] }
    assert.equal((await small('POST', PATH, body)).status, 403)
  })

  it('is no API key, nor is an API key a signing credential', async () => {
    const signing = textOf(await make(), 'id')
    const key = { serviceId, name: 'k', scopes: [], environment: 'live' }
    const apiKey = textOf(await admin('POST', '/v1/keys', key), 'id')
    assert.equal((await admin('GET', `/v1/keys/${signing}`)).status, 404)
    assert.equal((await admin('GET', `${PATH}/${apiKey}`)).status, 404)
    const find = signingKeySource(test.authority.context).find(apiKey)
    assert.equal(await find, undefined)
  })

  it('is of one tenant: another’s API and source do not know it', async () => {
    const id = textOf(await make(), 'id')
    assert.equal(await signingKeySource(test.authority.context, 'acme').find(id), undefined)
  })

  it('is listed with both kinds in one order, by pages, or one kind alone', async () => {
    const made: string[] = []
    for (const kind of ['hmac_key', 'public_key', 'hmac_key', 'public_key']) {
      const more = kind === 'public_key' ? keyPair('ed25519') : {}
      const publicJwk = 'publicJwk' in more ? { publicJwk: more.publicJwk } : {}
      made.unshift(textOf(await make({ kind, ...publicJwk }), 'id'))
    }
    const first = await admin('GET', `${PATH}?limit=3`)
    assert.deepEqual(ids(first), made.slice(0, 3))
    const second = await admin('GET', `${PATH}?limit=1&cursor=${textOf(first, 'cursor')}`)
    assert.deepEqual(ids(second), made.slice(3))
    const keys = await admin('GET', `${PATH}?limit=2&kind=public_key`)
    assert.deepEqual(ids(keys), [made[0], made[2]])
    assert.deepEqual(ids(await admin('GET', `${PATH}?serviceId=${serviceId}`)), made)
  })

  it('is out of reach of other scopes', async () => {
    const reader = await apiCaller(test, ['countersign:signing-credentials:read'])
    assert.equal((await reader('GET', PATH)).status, 200)
    assert.equal((await reader('POST', PATH, {})).status, 403)
    const keys = await apiCaller(test, ['countersign:keys:*'])
    assert.equal((await keys('GET', PATH)).status, 403)
  })
})

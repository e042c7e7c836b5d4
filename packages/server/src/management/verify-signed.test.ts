import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Secret } from 'countersign'
import { importSignatureKey, signRequest } from 'countersign/http-signature/sign'
import { signSigV4 } from 'countersign/sigv4/sign'
import { addService, apiCaller, textOf, type ApiCaller } from '../testing/api-caller.ts'
import { openAuthority, type TestAuthority } from '../testing/authority.ts'

type Fields = readonly (readonly [string, string])[]

const url = 'https://api.example.com/orders'
const BODY = '{"amount":5}'
const SIGV4 = { region: 'eu-1', service: 'orders' }
const base64 = (text: string | Uint8Array): string => Buffer.from(text).toString('base64')

let test: TestAuthority
let verifier: ApiCaller
let id: string
let secret: string

before(async () => {
  // The database was made by the real clock, which a test does not wait for.
  test = await openAuthority({ unsafe: { noReplayFence: true } })
  const admin = await apiCaller(test)
  verifier = await apiCaller(test, ['countersign:verify'])
  const serviceId = await addService(admin)
  const given = { serviceId, kind: 'hmac_key', name: 'n', scopes: ['orders:read'] }
  const made = await admin('POST', '/v1/signing-credentials', given)
  id = textOf(made, 'id')
  secret = textOf(made, 'secret')
})
after(() => test.close())

async function httpSignature(body: string | Uint8Array<ArrayBuffer> = BODY): Promise<Fields> {
  const key = await importSignatureKey({ keyId: id, algorithm: 'hmac-sha256', secret })
  return signRequest({ method: 'POST', url, body }, { key, clock: test.clock.read })
}

async function sigv4(body: string | Uint8Array<ArrayBuffer> = BODY): Promise<Fields> {
  test.clock.pass(1)
  const key = { secret: new Secret(secret) }
  const options = { accessKeyId: id, key, now: test.clock.now(), ...SIGV4 }
  return [...(await signSigV4({ method: 'POST', url, body }, options)), ['host', 'api.example.com']]
}

/** What the endpoint decides of a request with these headers, for a gateway in front of an API. */
async function decide(headers: Fields, more: object, top: object = { sigv4: SIGV4 }) {
  const described = { method: 'POST', scheme: 'https', authority: 'api.example.com' }
  const request = { ...described, target: '/orders', headers, ...more }
  return verifier('POST', '/v1/verify', { request, ...top })
}
const outcomeOf = async (...given: Parameters<typeof decide>): Promise<unknown> => {
  const { body, text } = await decide(...given)
  assert.ok('outcome' in body, text)
  return body['reason'] ?? body['outcome']
}

for (const [name, sign, changed] of [
  ['http-signature', httpSignature, 'http-signature.body-changed'],
  ['sigv4', sigv4, 'sigv4.body-mismatch'],
] as const) {
  describe(`POST /v1/verify with a request that is signed with ${name}`, () => {
    it('allows it with the body that was signed, once', async () => {
      const headers = await sign()
      assert.equal(await outcomeOf(headers, { body: base64(BODY) }), 'allowed')
      assert.equal(await outcomeOf(headers, { body: base64(BODY) }), `${name}.replayed`)
    })

    it('refuses it with another body, a part of it, or none', async () => {
      const headers = await sign()
      for (const text of ['{"amount":6}', BODY.slice(1), '']) {
        assert.equal(await outcomeOf(headers, { body: base64(text) }), changed)
      }
      assert.equal(await outcomeOf(headers, {}), changed)
      // A body that is announced and not told is not an empty one.
      const announced = [...headers, ['content-length', String(BODY.length)]] as const
      assert.equal(await outcomeOf(announced, {}), 'request.body-incomplete')
      assert.equal(await outcomeOf(headers, { body: base64(BODY) }), 'allowed')
    })

    it('takes a body of a mebibyte and no longer one', async () => {
      const most = new Uint8Array(1_048_576).fill(7)
      assert.equal(await outcomeOf(await sign(most), { body: base64(most) }), 'allowed')
      const over = base64(new Uint8Array(1_048_579))
      assert.equal((await decide(await sign(), { body: over })).status, 422)
      const far = base64(new Uint8Array(2_000_000))
      assert.equal((await decide(await sign(), { body: far })).status, 413)
    })
  })
}

describe('POST /v1/verify with a signed request', () => {
  it('accepts SigV4 for the region and the service that the gateway names, and no other', async () => {
    const body = base64(BODY)
    const other = { sigv4: { region: 'eu-1', service: 'billing' } }
    assert.equal(await outcomeOf(await sigv4(), { body }, other), 'sigv4.service-mismatch')
    assert.notEqual(await outcomeOf(await sigv4(), { body }, {}), 'allowed')
  })

  it('wants base64, and an empty body is one', async () => {
    for (const body of ['{"a":1}', 'YQ', 'YQ=', 'Y Q==', '-_-_']) {
      assert.equal((await decide([], { body })).status, 422, body)
    }
    assert.equal(await outcomeOf(await httpSignature(''), { body: '' }), 'allowed')
  })
})

import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { mintTestSigningKey } from '../../testing/mint-http-signature.ts'
import { requestView } from '../../testing/request.ts'
import { fieldLookup } from './message.ts'
import { signResponse, type ResponseToSign } from './sign.ts'
import type { SigningCredential } from './source.ts'
import { responseVerifier, type ReceivedResponse, type ResponseOptions } from './verify-response.ts'

const NOW = 1_700_000_000
const BODY = '{"paid":1}'
const clock = (): number => NOW * 1000
const later = (): number => (NOW + 306) * 1000
const asked = requestView({ method: 'POST', target: '/orders?id=1' })
const BOUND = ['@status', '@method;req', '@path;req', '@query;req', 'content-digest']

const server = await mintTestSigningKey({ algorithm: 'ed25519', keyId: 'server' })

async function received(
  response: Partial<ResponseToSign> = {},
  components: readonly string[] = BOUND,
): Promise<ReceivedResponse> {
  const sent = { status: 200, body: BODY, request: asked, ...response }
  const fields = await signResponse(sent, { key: server.key, clock, components })
  return {
    status: sent.status,
    header: fieldLookup(fields),
    trailer: () => [],
    request: asked,
    body: new TextEncoder().encode(String(sent.body)),
  }
}

function verifier(
  options: Partial<ResponseOptions> = {},
  row: SigningCredential = server.credential,
): (response: ReceivedResponse) => Promise<string> {
  const verify = responseVerifier({
    algorithms: ['ed25519'],
    source: { kind: 'records', find: (id) => (id === 'server' ? row : undefined) },
    components: ['@method;req', '@path;req', '@query;req'],
    clock,
    ...options,
  })
  return async (response) => {
    const verdict = await verify(response)
    return verdict.ok ? `good, ${verdict.value.bodyBound ? 'bound' : 'no body'}` : verdict.error
  }
}

describe('a signed response', () => {
  it('is believed when status, body and the request it answers are those that were signed', async () => {
    const verify = verifier()
    assert.equal(await verify(await received()), 'good, bound')
    const empty = BOUND.filter((name) => name !== 'content-digest')
    assert.equal(await verify(await received({ status: 204, body: '' }, empty)), 'good, no body')
    const good = await received()
    const invalid = 'http-signature.signature-invalid'
    assert.equal(await verify({ ...good, status: 201 }), invalid)
    for (const other of [
      requestView({ method: 'GET', target: '/orders?id=1' }),
      requestView({ method: 'POST', target: '/orders?id=2' }),
      requestView({ method: 'POST', target: '/other?id=1' }),
    ]) {
      assert.equal(await verify({ ...good, request: other }), invalid)
    }
    const { request: _, ...alone } = good
    assert.equal(await verify(alone), 'http-signature.component-invalid')
    const body = new TextEncoder().encode('{"paid":9}')
    assert.equal(await verify({ ...good, body }), 'http-signature.body-changed')
  })

  it('must cover what is asked for, and its body', async () => {
    const verify = verifier()
    const unasked = await received({}, ['@status', 'content-digest'])
    assert.equal(await verify(unasked), 'http-signature.coverage-insufficient')
    assert.equal(await verifier({ components: [] })(unasked), 'good, bound')
    const without = BOUND.filter((name) => name !== 'content-digest')
    assert.equal(await verify(await received({}, without)), 'http-signature.body-unbound')
    const weak = BOUND.filter((name) => name !== '@status')
    assert.equal(await verify(await received({}, weak)), 'http-signature.coverage-insufficient')
  })

  it('is of its time, of its tag, and of a key that may be used', async () => {
    const good = await received()
    assert.equal(await verifier({ clock: later })(good), 'http-signature.too-old')
    assert.equal(await verifier({ tag: 'other' })(good), 'http-signature.label-missing')
    for (const [broken, reason] of [
      ['revoked', 'http-signature.revoked'],
      ['expired', 'http-signature.key-expired'],
      ['not-yet-valid', 'http-signature.not-yet-valid'],
    ] as const) {
      const { credential } = await mintTestSigningKey({ broken, algorithm: 'ed25519' })
      const row = { ...credential, ...keyOf(server.credential) }
      assert.equal(await verifier({}, row)(good), reason)
    }
    assert.equal(await verifier()({ ...good, header: () => [] }), 'http-signature.malformed')
  })
})

/** The key of a row, without its fate. */
const keyOf = (
  row: SigningCredential,
): { readonly publicJwk: Readonly<Record<string, unknown>> } => {
  assert('publicJwk' in row)
  return { publicJwk: row.publicJwk }
}

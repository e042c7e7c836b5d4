import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import { describe, it } from 'node:test'
import { protect } from '../adapters/node.ts'
import { ConfigError } from '../core/errors.ts'
import { guard, type Guard } from '../core/guard.ts'
import { memoryReplay } from '../core/memory-replay.ts'
import { Secret } from '../core/secret.ts'
import { importSigningKey } from '../jose/keys.ts'
import { generateJwk } from '../crypto/node.ts'
import { algorithmNamed } from '../jose/algorithms.ts'
import { rollingNonces } from '../methods/dpop/nonces.ts'
import { jwkThumbprint } from '../jose/thumbprint.ts'
import { dpop as acceptDpop } from '../methods/dpop/verify.ts'
import { jwt } from '../methods/jwt/verify.ts'
import { sigv4 as acceptSigv4 } from '../methods/sigv4/verify.ts'
import { testIssuer } from '../testing/mint-jwt.ts'
import { dpop } from './dpop.ts'
import type { Fetch } from './proof.ts'
import { sigv4 } from './sigv4.ts'
import { withProof } from './with-proof.ts'

const NOW = 1_700_000_000
const clock = (): number => NOW * 1000
const late = (): number => (NOW - 3600) * 1000
const replay = () => memoryReplay({ unsafe: { noFence: true } })

async function serving(listener: RequestListener, work: (origin: string) => Promise<void>) {
  const server = createServer(listener)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  assert(typeof address === 'object' && address !== null)
  try {
    await work(`http://127.0.0.1:${address.port}`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

/** A route that says who called, by which method, with which body. */
const route = (desk: Guard): RequestListener =>
  protect(desk, {}, (request, response, principal) => {
    response.setHeader('x-method', principal.method)
    request.pipe(response)
  })

describe('sigv4', () => {
  const key = { secret: new Secret('a secret access key of forty characters') }
  const record = { id: 'AKID', tenant: 'default', principalId: 'svc_1', scopes: [], key }
  const at = { region: 'local', service: 'orders' } as const
  const source = { find: (id: string) => (id === record.id ? record : undefined) }

  it('signs method, target and body; equal requests of one second are no replays', async () => {
    const desk = guard({ methods: [acceptSigv4({ source, ...at, replay: replay() })], clock })
    await serving(route(desk), async (origin) => {
      const call = withProof(sigv4({ accessKeyId: 'AKID', key, ...at }), { clock })
      for (let round = 0; round < 3; round += 1) {
        const answer = await call(`${origin}/orders?b=2&a=%2F`, { method: 'POST', body: 'tea' })
        assert.equal(answer.status, 200)
        assert.equal(await answer.text(), 'tea')
      }
    })
  })
  it('SR-109: corrects its clock once', async () => {
    const desk = guard({ methods: [acceptSigv4({ source, ...at, replay: replay() })], clock })
    await serving(route(desk), async (origin) => {
      const call = withProof(sigv4({ accessKeyId: 'AKID', key, ...at }), { clock: late })
      assert.equal((await call(origin)).status, 200)
    })
  })
})

describe('dpop', async () => {
  const es256 = algorithmNamed('ES256')
  assert(es256 !== undefined)
  const jwk = await generateJwk(es256)
  const own = await importSigningKey({ jwk, algorithm: 'ES256' })
  const jkt = await jwkThumbprint(own.publicJwk ?? {})
  const issuer = await testIssuer({ now: () => NOW })
  const nonces = rollingNonces({ secret: new Uint8Array(32) })
  const seen: string[] = []

  /** A token endpoint that binds to the key of the proof, beside a route that wants nonces. */
  const api = (tokens: string[]): RequestListener => {
    const inner = jwt({ ...issuer.options, maxLifetimeSeconds: 900 })
    const method = acceptDpop(inner, { replay: replay(), nonces })
    const orders = route(guard({ methods: [method], clock }))
    const issue = async (response: ServerResponse): Promise<void> => {
      const token = await issuer.mint({ cnf: { jkt }, jti: `token-${tokens.length}` })
      tokens.push(token)
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ access_token: token, expires_in: 300 }))
    }
    return (request, response) => {
      if (request.url === '/oauth/token') {
        seen.push(String(request.headers['dpop']))
        void issue(response)
      } else orders(request, response)
    }
  }
  const caller = (origin: string, wrap: Fetch = fetch): Fetch =>
    withProof(
      dpop({
        tokenEndpoint: `${origin}/oauth/token`,
        clientId: 'cli_1',
        clientSecret: 'secret',
        key: { jwk, algorithm: 'ES256' },
        clock,
        allowPrivateHosts: ['127.0.0.1'],
        unsafe: { allowHttp: true },
      }),
      { clock, fetch: wrap },
    )

  it('proves its key to the token endpoint and to the API, and learns the nonce', async () => {
    const tokens: string[] = []
    let sent = 0
    await serving(api(tokens), async (origin) => {
      const call = caller(origin, (input) => {
        sent += 1
        return fetch(input)
      })
      for (let round = 0; round < 3; round += 1) {
        const answer = await call(`${origin}/orders`)
        assert.equal(answer.status, 200)
        assert.equal(answer.headers.get('x-method'), 'jwt')
      }
    })
    assert.equal(tokens.length, 1, 'one token for all')
    assert.equal(sent, 4, 'one try more, for the first nonce')
    assert.equal(seen.at(-1)?.split('.').length, 3)
  })
  it('fetches another token when its own is refused', async () => {
    const tokens: string[] = []
    await serving(api(tokens), async (origin) => {
      const call = caller(origin, async (input) => {
        const spoilt = new Request(input)
        if (tokens.length === 1) spoilt.headers.set('authorization', 'DPoP a.b.c')
        return fetch(spoilt)
      })
      // The first try is refused for its nonce or its token, whichever comes first; one more is due.
      await call(`${origin}/orders`)
      assert.equal((await call(`${origin}/orders`)).status, 200)
    })
    assert.equal(tokens.length, 2)
  })
  it('takes no secret for a key', async () => {
    const secret = { secret: 'x'.repeat(32), algorithm: 'HS256' }
    await serving(api([]), async (origin) => {
      const proof = dpop({
        tokenEndpoint: `${origin}/oauth/token`,
        clientId: 'cli_1',
        clientSecret: 'secret',
        key: secret,
      })
      await assert.rejects(withProof(proof)(origin), ConfigError)
    })
  })
})

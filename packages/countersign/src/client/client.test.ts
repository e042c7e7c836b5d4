import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { ConfigError } from '../core/errors.ts'
import { apiKey } from './api-key.ts'
import { clientCredentials } from './client-credentials.ts'
import type { Proof } from './proof.ts'
import { withProof } from './with-proof.ts'

const NOW = 1_700_000_000
const clock = (): number => NOW * 1000

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown

/** Serves while `work` runs. */
async function serving(listener: Listener, work: (origin: string) => Promise<void>): Promise<void> {
  const server = createServer((request, response) => void listener(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert(typeof address === 'object' && address !== null)
  try {
    await work(`http://127.0.0.1:${address.port}`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

/** A proof that says at what time it was made, and which try it is. */
function stamp(): Proof & { readonly tries: number[] } {
  const tries: number[] = []
  return {
    tries,
    attach: ({ now, body }) => {
      tries.push(now)
      return [['x-proof', `${tries.length} ${now} ${body.length}`]]
    },
  }
}

const skewed = (serverTime: unknown): string =>
  JSON.stringify({ status: 401, code: 'clock-skew', serverTime })

describe('withProof', () => {
  it('attaches the proof, and sends method, body and fields as they were', () =>
    serving(
      async (request, response) => {
        const { method, url, headers } = request
        response.end(
          JSON.stringify([method, url, headers['x-proof'], headers['x-mine'], await text(request)]),
        )
      },
      async (origin) => {
        const call = withProof(stamp(), { clock })
        const init = { method: 'PUT', body: 'hello', headers: { 'x-mine': 'kept' } }
        const answer = await call(`${origin}/a?b=c`, init)
        assert.deepEqual(await answer.json(), ['PUT', '/a?b=c', `1 ${NOW} 5`, 'kept', 'hello'])
      },
    ))
  it('SR-109: corrects its clock once by the server, signs anew, and remembers', async () => {
    const seen: string[] = []
    const listener: Listener = (request, response) => {
      const proof = String(request.headers['x-proof'])
      seen.push(proof)
      const right = proof.split(' ')[1] === String(NOW + 900)
      const body = right ? 'ok' : skewed(NOW + 900)
      const type = right ? 'text/plain' : 'application/problem+json'
      response.writeHead(right ? 200 : 401, { 'content-type': type, 'content-length': body.length })
      response.end(body)
    }
    await serving(listener, async (origin) => {
      const call = withProof(stamp(), { clock })
      assert.equal((await call(origin, { method: 'POST', body: 'x' })).status, 200)
      assert.equal((await call(origin)).status, 200)
    })
    assert.deepEqual(seen, [`1 ${NOW} 1`, `2 ${NOW + 900} 1`, `3 ${NOW + 900} 0`])
  })
  for (const [what, body, type] of [
    ['a server that is never content', skewed(NOW + 900), 'application/problem+json'],
    ['a time that is none', skewed('soon'), 'application/problem+json'],
    ['a page that only looks like it', skewed(NOW), 'text/html'],
    [
      'a problem of another kind',
      skewed(NOW).replace('clock-skew', 'other'),
      'application/problem+json',
    ],
    ['a problem that is none', '{"code":"clock-skew"', 'application/problem+json'],
    [
      'a server that says far too much (SR-503)',
      skewed(NOW + 900) + ' '.repeat(4096),
      'application/problem+json',
    ],
  ] as const) {
    it(`gives the refusal of ${what} to the caller, unread`, async () => {
      const proof = stamp()
      const fields = { 'content-type': type, 'content-length': body.length }
      const refuse: Listener = (_request, response) => response.writeHead(401, fields).end(body)
      await serving(refuse, async (origin) => {
        const answer = await withProof(proof, { clock })(origin)
        assert.equal(answer.status, 401)
        assert.equal(await answer.text(), body)
      })
      assert.equal(proof.tries.length, what === 'a server that is never content' ? 2 : 1)
    })
  }
  it('SR-109: corrects its clock by a refusal of no announced length', async () => {
    const proof = stamp()
    const listener: Listener = (_request, response) => {
      const first = proof.tries.length === 1
      response.writeHead(first ? 401 : 200, { 'content-type': 'application/problem+json' })
      response.write(first ? skewed(NOW + 900) : '')
      response.end()
    }
    await serving(listener, async (origin) => {
      assert.equal((await withProof(proof, { clock })(origin)).status, 200)
    })
    assert.deepEqual(proof.tries, [NOW, NOW + 900])
  })
  it('signs each retry anew and sends the same Idempotency-Key', async () => {
    const seen: IncomingMessage[] = []
    const listener: Listener = (request, response) => {
      seen.push(request)
      if (seen.length === 1) request.socket.destroy()
      else response.writeHead(seen.length === 2 ? 503 : 200, { 'retry-after': '0' }).end()
    }
    await serving(listener, async (origin) => {
      const call = withProof(stamp(), { clock, retries: 2, fetch: withoutPause })
      assert.equal((await call(origin, { method: 'POST', body: 'x' })).status, 200)
    })
    assert.deepEqual(
      seen.map(({ headers }) => String(headers['x-proof'])[0]),
      ['1', '2', '3'],
    )
    const keys = new Set(seen.map(({ headers }) => headers['idempotency-key']))
    assert.equal(keys.size, 1)
    assert.match(String([...keys][0]), /^"[0-9a-f-]{36}"$/)
  })
  it('does not try again unless it was told to', async () => {
    const proof = stamp()
    await serving(
      (request) => request.socket.destroy(),
      (origin) => assert.rejects(withProof(proof, { clock })(origin)),
    )
    assert.equal(proof.tries.length, 1)
  })
  it('follows no redirect: the proof is for one target', () =>
    serving(
      (_request, response) => response.writeHead(307, { location: '/elsewhere' }).end(),
      async (origin) => assert.equal((await withProof(stamp())(origin)).status, 307),
    ))
  it('SR-503: refuses a body that it may not hold', () =>
    assert.rejects(
      withProof(stamp(), { maxBodyBytes: 3 })('http://127.0.0.1:9/', {
        method: 'POST',
        body: 'four',
      }),
      /maxBodyBytes is 3/,
    ))
  it('takes no number of retries that cannot be meant', () => {
    for (const retries of [-1, 0.5, 11, Number.NaN]) {
      assert.throws(() => withProof(stamp(), { retries }), ConfigError)
    }
  })
})

/** A lost connection has no Retry-After; the test does not wait the second that a caller would. */
const withoutPause = async (
  input: string | URL | Request,
  init?: RequestInit,
): Promise<Response> => {
  const lost = new Response(null, { status: 503, headers: { 'retry-after': '0' } })
  return fetch(input, init).catch(() => lost)
}

describe('apiKey', () => {
  it('travels in its field', async () => {
    const fields = await apiKey('acme_live_x').attach({
      request: new Request('https://api.example.test'),
      body: new Uint8Array(0),
      now: NOW,
    })
    assert.deepEqual(fields, [['x-api-key', 'acme_live_x']])
  })
  it('is not empty', () => {
    for (const empty of ['', undefined]) assert.throws(() => apiKey(empty), ConfigError)
  })
})

describe('clientCredentials', () => {
  it('fetches one token for many requests, and another one when it is refused', async () => {
    let issued = 0
    const seen: string[] = []
    const listener: Listener = async (request, response) => {
      if (request.url === '/oauth/token') {
        assert.equal(request.headers.authorization, `Basic ${btoa('cli%3A1:s%2Fcret')}`)
        assert.equal(await text(request), 'grant_type=client_credentials&scope=a+b')
        issued += 1
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify({ access_token: `token-${issued}`, expires_in: 300 }))
        return
      }
      seen.push(String(request.headers.authorization))
      response
        .writeHead(
          request.headers.authorization === 'Bearer token-1' && seen.length > 5 ? 401 : 200,
        )
        .end()
    }
    await serving(listener, async (origin) => {
      const call = withProof(
        clientCredentials({
          tokenEndpoint: `${origin}/oauth/token`,
          clientId: 'cli:1',
          clientSecret: 's/cret',
          scopes: ['a', 'b'],
          allowPrivateHosts: ['127.0.0.1'],
          unsafe: { allowHttp: true },
        }),
      )
      await Promise.all(Array.from({ length: 5 }, () => call(origin)))
      assert.equal(issued, 1)
      assert.equal((await call(origin)).status, 200)
      assert.equal(issued, 2)
    })
    assert.deepEqual(seen.slice(5), ['Bearer token-1', 'Bearer token-2'])
  })
  it('fails for who asked when there is no token', () =>
    serving(
      (_request, response) => response.writeHead(400).end(),
      async (origin) => {
        const proof = clientCredentials({
          tokenEndpoint: origin,
          clientId: 'a',
          clientSecret: 'b',
          allowPrivateHosts: ['127.0.0.1'],
          unsafe: { allowHttp: true },
        })
        await assert.rejects(withProof(proof)(origin), { name: 'UnavailableError' })
      },
    ))
})

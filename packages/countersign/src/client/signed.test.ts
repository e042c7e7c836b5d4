import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { protect } from '../adapters/node.ts'
import type { DecisionRecord } from '../core/decision.ts'
import { guard } from '../core/guard.ts'
import { memoryReplay } from '../core/memory-replay.ts'
import { Secret } from '../core/secret.ts'
import { httpSignature } from '../methods/http-signature/verify.ts'
import type { Fetch } from './proof.ts'
import { signed } from './signed.ts'
import { withProof } from './with-proof.ts'

const NOW = 1_700_000_000
const SECRET = 'a secret of at least thirty-two bytes, for HMAC'
const KEY = { keyId: 'key_1', algorithm: 'hmac-sha256', secret: SECRET } as const
const record = {
  id: 'key_1',
  tenant: 'default',
  principalId: 'svc_1',
  scopes: ['orders:write'],
  algorithm: 'hmac-sha256',
  secret: new Secret(SECRET),
} as const

describe('a signed fetch against a guarded route', () => {
  const records: DecisionRecord[] = []
  const desk = guard({
    methods: [
      httpSignature({
        algorithms: ['hmac-sha256'],
        source: { kind: 'records', find: (id) => (id === record.id ? record : undefined) },
        replay: memoryReplay({ unsafe: { noFence: true } }),
      }),
    ],
    clock: () => NOW * 1000,
    onDecision: (made) => records.push(made),
  })
  const server = createServer(
    protect(desk, { scopes: ['orders:write'] }, (request, response) => {
      request.pipe(response)
    }),
  )
  let origin = ''
  before(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const address = server.address()
    assert(typeof address === 'object' && address !== null)
    origin = `http://127.0.0.1:${address.port}`
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  const send = (clockSeconds: number, wrap: Fetch = fetch): Promise<Response> =>
    withProof(signed({ key: KEY }), { clock: () => clockSeconds * 1000, fetch: wrap })(
      `${origin}/orders?page=1`,
      { method: 'POST', body: '{"item":"tea"}', headers: { 'content-type': 'application/json' } },
    )

  it('is let in, and the handler reads the body that was signed', async () => {
    const answer = await send(NOW)
    assert.equal(answer.status, 200)
    assert.equal(await answer.text(), '{"item":"tea"}')
  })
  it('SR-109: is let in with a clock that is an hour off, after one correction', async () => {
    for (const clock of [NOW - 3600, NOW + 3600]) assert.equal((await send(clock)).status, 200)
  })
  it('SR-101: is refused when somebody on the way changes the body', async () => {
    const answer = await send(NOW, (input) => {
      const request = new Request(input)
      return fetch(request.url, {
        method: 'POST',
        headers: request.headers,
        body: '{"item":"gin"}',
      })
    })
    assert.equal(answer.status, 401)
    assert.equal(JSON.parse(await answer.text()).code, 'body-mismatch')
    assert.equal(records.at(-1)?.reason, 'http-signature.body-changed')
  })
  it('SR-106: is refused when somebody sends it again', async () => {
    let captured: Request | undefined
    await send(NOW, (input) => {
      captured = new Request(input)
      return fetch(captured.clone())
    })
    assert(captured !== undefined)
    const again = await fetch(captured)
    assert.equal(again.status, 401)
    assert.equal(JSON.parse(await again.text()).code, 'request-replayed')
    assert.equal(records.at(-1)?.reason, 'http-signature.replayed')
  })
})

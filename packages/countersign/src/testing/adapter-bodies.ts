/** What an adapter does for methods that bind the body: they see its bytes, and so does the handler. */
import { strict as assert } from 'node:assert'
import { it } from 'node:test'
import { SCRIPTED_BODY_BYTES, type ScriptedDesk } from './adapter-desk.ts'
import { ask, type Running } from './adapter-server.ts'
import { Wire, wireBytes } from './adapter-wire.ts'

const SIGNED = [['X-API-Key', 'body']] as const
/** JSON that parsers want, and bytes that no text decoder survives, sent without a content type. */
const BODIES = {
  'a small one': '{"amount": 1}',
  'a large one': 'x'.repeat(SCRIPTED_BODY_BYTES),
  'none at all': '',
} as const

interface Context {
  readonly app: () => Running
  readonly script: () => ScriptedDesk
}

/** Declares the tests. */
export function declareBodies({ app, script }: Context): void {
  for (const [what, body] of Object.entries(BODIES)) {
    it(`SR-101: shows the body to the method and leaves it to the handler (${what})`, async () => {
      const answer = await ask(app(), { method: 'POST', headers: SIGNED, body })
      assert.equal(answer?.status, 200)
      assert.equal(app().calls.at(-1)?.principal.claims['body'], body)
      assert.equal(answer.body, body)
    })
  }
  it('SR-101: shows a body that comes in pieces', async () => {
    const head = 'POST /orders HTTP/1.1\r\nhost: api.example.test\r\nx-api-key: body\r\n'
    const wire = await Wire.open(app().port)
    wire.send(`${head}transfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n`)
    // The rest comes in a turn of its own, after the method has begun to wait.
    await new Promise((resolve) => setImmediate(resolve))
    wire.send('7\r\n second\r\n0\r\n\r\n')
    const answer = await wire.read()
    wire.abort()
    assert.equal(answer?.body, 'first second')
    assert.equal(app().calls.at(-1)?.principal.claims['body'], 'first second')
  })
  it('leaves the end of an empty body in pieces to the handler', async () => {
    const head = 'POST /orders HTTP/1.1\r\nhost: api.example.test\r\nx-api-key: body\r\n'
    for (const late of [false, true]) {
      const wire = await Wire.open(app().port)
      wire.send(`${head}transfer-encoding: chunked\r\n\r\n${late ? '' : '0\r\n\r\n'}`)
      await new Promise((resolve) => setImmediate(resolve))
      if (late) wire.send('0\r\n\r\n')
      const answer = await wire.read()
      wire.abort()
      assert.deepEqual([answer?.status, answer?.body], [200, ''])
    }
  })
  for (const [what, bytes] of [
    ['a byte', SCRIPTED_BODY_BYTES + 1],
    ['far', 50 * SCRIPTED_BODY_BYTES],
  ] as const) {
    it(`SR-503: refuses a body that is ${what} above the bound of the method`, async () => {
      const [calls, body] = [app().calls.length, 'x'.repeat(bytes)]
      const answer = await ask(app(), { method: 'POST', headers: SIGNED, body })
      // A server may hang up on the rest of it; nobody may be served.
      assert(answer === undefined || answer.status === 413)
      assert.equal(app().calls.length, calls)
      assert.equal(script().records.at(-1)?.reason, 'request.body-too-large')
    })
  }
  it('does not run the handler for a body that never ends', async () => {
    const calls = app().calls.length
    const wire = await Wire.open(app().port)
    const whole = wireBytes({ method: 'POST', headers: SIGNED, body: 'half of it' })
    wire.send(whole.slice(0, -5))
    wire.abort()
    await ask(app(), { headers: [['X-API-Key', 'good']] })
    assert.equal(app().calls.length, calls + 1)
  })
}

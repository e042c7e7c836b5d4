/**
 * What every adapter must do, proven over raw sockets against a real server of its framework. Give
 * {@link adapterContract} a function that serves one protected route; it declares the tests.
 */
import { strict as assert } from 'node:assert'
import { after, before, describe, it } from 'node:test'
import { setImmediate as tick } from 'node:timers/promises'
import { declareAttacks, type AdapterTraits } from './adapter-attacks.ts'
import { SCRIPTED_PRINCIPAL, scriptedDesk, type ScriptedDesk } from './adapter-desk.ts'
import { declareBodies } from './adapter-bodies.ts'
import { ask, run, type Running, type Serve } from './adapter-server.ts'
import { declareHops } from './adapter-hop.ts'
import { declareMetadata } from './adapter-metadata.ts'
import { declareTls } from './adapter-tls.ts'
import { fieldValues, Wire, wireBytes, type WireAnswer, type WireRequest } from './adapter-wire.ts'

export type { AdapterTraits } from './adapter-attacks.ts'
export type { Route, Serve } from './adapter-server.ts'

const key = (word: string): readonly [string, string] => ['X-API-Key', word]
const PREFLIGHT: WireRequest = {
  method: 'OPTIONS',
  headers: [
    ['Origin', 'https://app.example.test'],
    ['Access-Control-Request-Method', 'POST'],
    ['Access-Control-Request-Headers', 'x-api-key'],
  ],
}

/**
 * Declares the tests of an adapter. `serve` mounts it on `/orders`, and on the paths of
 * `desk.resource` if there is one, for every method.
 */
export function adapterContract(name: string, serve: Serve, traits: AdapterTraits = {}): void {
  describe(`${name} adapter`, () => {
    let script: ScriptedDesk
    let app: Running
    before(async () => {
      script = scriptedDesk()
      app = await run(serve, script.desk, { requirement: { scopes: ['orders:read'] } })
    })
    after(() => app.close())
    const context: Context = { app: () => app, script: () => script, serve }
    describe('accepted requests', () => declareAccepted(context))
    describe('bodies', () => declareBodies(context))
    describe('refused requests', () => declareRefused(context))
    describe('preflights', () => declarePreflights(context))
    describe('connections', () => declareConnections(context))
    describe('errors', () => declareErrors(context))
    describe('metadata of the resource', () => declareMetadata(serve))
    describe('attacks', () => declareAttacks(serve, traits))
    describe('client certificates', () => declareTls(serve))
    describe('unix sockets', () => declareHops(serve))
  })
}

const CHALLENGES = 'ApiKey realm="api", Bearer realm="api", scope="orders:read"'
/** Servers that are given a WHATWG Response send all challenges in one field; RFC 9110 §11.6.1. */
const challengesOf = (answer: WireAnswer): string =>
  fieldValues(answer, 'www-authenticate').join(', ')

interface Context {
  readonly app: () => Running
  readonly script: () => ScriptedDesk
  readonly serve: Serve
}

/** Asks, and asserts that the handler did not run. */
async function askInVain(app: Running, request: WireRequest): Promise<WireAnswer> {
  const callsBefore = app.calls.length
  const answer = await ask(app, request)
  assert(answer !== undefined, 'the server hung up')
  assert.equal(app.calls.length, callsBefore, 'the handler ran')
  return answer
}

function declareAccepted({ app }: Context): void {
  for (const word of ['good', 'later']) {
    it(`hands principal and decision id to the handler (${word})`, async () => {
      const answer = await ask(app(), { headers: [key(word)] })
      assert.equal(answer?.status, 200)
      const call = app().calls.at(-1)
      assert.deepEqual(call?.principal, SCRIPTED_PRINCIPAL)
      assert.match(call.decisionId, /^dec_/)
    })
    it(`leaves the request body to the handler (${word})`, async () => {
      const body = 'x'.repeat(200_000)
      const answer = await ask(app(), { method: 'POST', headers: [key(word)], body })
      assert.equal(answer?.status, 200)
      assert.equal(answer.body, body)
    })
  }
  it('answers HEAD without a body', async () => {
    const answer = await ask(app(), { method: 'HEAD', headers: [key('good')] })
    assert.equal(answer?.status, 200)
  })
  for (const [word, status] of [
    ['told', 200],
    ['told-off', 401],
  ] as const) {
    it(`puts the fields of the method into its answer (${word})`, async () => {
      const answer = await ask(app(), { headers: [key(word)] })
      assert.equal(answer?.status, status)
      assert.deepEqual(fieldValues(answer, 'x-scripted'), ['a word from the method'])
    })
  }
  it('puts the limits of an accepted request into its answer', async () => {
    const answer = await ask(app(), { headers: [key('limited')] })
    assert.equal(answer?.status, 200)
    assert.deepEqual(fieldValues(answer, 'ratelimit-policy'), ['"per-key";q=1000;w=60'])
    assert.match(fieldValues(answer, 'ratelimit').join(), /^"per-key";r=99\d;t=\d+$/)
  })
}

function declareRefused({ app, script, serve }: Context): void {
  it('challenges a request without a credential, and names the decision', async () => {
    const answer = await askInVain(app(), {})
    assert.equal(answer.status, 401)
    assertProblem(answer, 'credential-missing')
    assert.equal(challengesOf(answer), CHALLENGES)
    assert.equal(fieldValues(answer, 'cache-control').join(), 'no-store')
    const { decisionId } = JSON.parse(answer.body)
    assert.equal(decisionId, script().records.at(-1)?.decisionId)
  })
  it('records the method, the path without its query, and the peer', async () => {
    await askInVain(app(), { method: 'PUT', target: '/orders?page=2' })
    assert.deepEqual(script().records.at(-1)?.request, {
      method: 'PUT',
      authority: 'api.example.test',
      path: '/orders',
      clientAddress: '127.0.0.1',
    })
  })
  it('keeps the CORS headers of the layer before it, so that a script can read a 401', async () => {
    const answer = await askInVain(app(), { headers: [['Origin', 'https://app.example.test']] })
    assert.deepEqual(fieldValues(answer, 'access-control-allow-origin'), ['*'])
  })
  it('refuses HEAD with the headers of GET and no body', async () => {
    const answer = await askInVain(app(), { method: 'HEAD' })
    assert.equal(answer.status, 401)
    assert.equal(challengesOf(answer), CHALLENGES)
    assert(Number(fieldValues(answer, 'content-length').join()) > 0)
  })
  it('answers 403 and the scope that is missing', async () => {
    const narrow = await run(serve, script().desk, { requirement: { scopes: ['orders:write'] } })
    try {
      const answer = await askInVain(narrow, { headers: [key('good')] })
      assert.equal(answer.status, 403)
      assertProblem(answer, 'permission-denied')
      assert.match(
        fieldValues(answer, 'www-authenticate').join(),
        /error="insufficient_scope", scope="orders:write"/,
      )
    } finally {
      await narrow.close()
    }
  })
  it('sees both of two Authorization headers and refuses', async () => {
    for (const [first, second] of [
      ['Bearer good', 'Bearer bad'],
      ['Bearer bad', 'Bearer good'],
      ['Bearer good', 'Basic Z29vZDpnb29k'],
      ['Bearer good', 'good'],
      ['Bearer good', ''],
      ['', 'Bearer good'],
    ] as const) {
      const headers = [['Authorization', first] as const, ['aUTHORIZATION', second] as const]
      const answer = await askInVain(app(), { headers })
      assert.equal(answer.status, 400)
      assert.equal(script().records.at(-1)?.reason, 'request.duplicate-authorization')
    }
  })
  it('refuses two API keys, also when both are the same', async () => {
    const answer = await askInVain(app(), { headers: [key('good'), key('good')] })
    assert.equal(answer.status, 401)
  })
  it('refuses two credentials in two places', async () => {
    const answer = await askInVain(app(), {
      headers: [key('good'), ['Authorization', 'Bearer good']],
    })
    assert.equal(answer.status, 400)
    assertProblem(answer, 'request-malformed')
  })
}

function declarePreflights({ app }: Context): void {
  it('neither refuses a CORS preflight nor runs the handler for it', async () => {
    const answer = await askInVain(app(), PREFLIGHT)
    assert.equal(answer.status, 204)
    assert.deepEqual(fieldValues(answer, 'www-authenticate'), [])
  })
  for (const [what, headers] of [
    ['without Origin', (PREFLIGHT.headers ?? []).slice(1)],
    ['without a method asked for', (PREFLIGHT.headers ?? []).slice(0, 1)],
    ['with a credential', [...(PREFLIGHT.headers ?? []), ['Authorization', 'Bearer bad'] as const]],
  ] as const) {
    it(`treats OPTIONS ${what} as any other request`, async () => {
      const answer = await askInVain(app(), { method: 'OPTIONS', headers })
      assert.equal(answer.status, 401)
    })
  }
}

function declareConnections({ app, serve }: Context): void {
  const chunked = 'transfer-encoding: chunked\r\n\r\n4\r\nGET \r\n0\r\n\r\n'
  const tricky = 'GET /orders HTTP/1.1\r\nhost: smuggled\r\nx-api-key: good\r\n\r\n'
  for (const [what, refused] of [
    ['a body', wireBytes({ method: 'POST', body: tricky })],
    ['a large body', wireBytes({ method: 'POST', body: 'y'.repeat(300_000) })],
    ['a chunked body', `POST /orders HTTP/1.1\r\nhost: api.example.test\r\n${chunked}`],
  ] as const) {
    it(`keeps the connection in step after refusing ${what}`, async () => {
      const callsBefore = app().calls.length
      const wire = await Wire.open(app().port)
      wire.send(refused)
      const first = await wire.read()
      assert.equal(first?.status, 401)
      assert.equal(app().calls.length, callsBefore, 'the handler ran')
      wire.send(wireBytes({ headers: [key('good')] }))
      // A server may also close the connection, as long as nothing of the body became a request.
      const second = await wire.read()
      assert(second === undefined || second.status === 200)
      assert.equal(app().calls.length, callsBefore + (second === undefined ? 0 : 1))
      wire.abort()
    })
  }
  it('does not run the handler for a client that left while its verdict was pending', async () => {
    const own = scriptedDesk()
    const left = await run(serve, own.desk)
    const gone = new Promise((resolve) =>
      left.server.on('connection', (socket) => socket.on('close', resolve)),
    )
    const wire = await Wire.open(left.port)
    wire.send(wireBytes({ headers: [key('slow')] }))
    await own.pending()
    wire.abort()
    await gone
    own.release()
    await tick()
    const next = await ask(left, { headers: [key('good')] })
    assert.equal(next?.status, 200)
    assert.equal(left.calls.length, 1, 'the handler ran for the client that left')
    await left.close()
  })
  it('runs the handler once its verdict arrives', async () => {
    const own = scriptedDesk()
    const waiting = await run(serve, own.desk)
    const answer = ask(waiting, { headers: [key('slow')] })
    await own.pending()
    assert.equal(waiting.calls.length, 0)
    own.release()
    assert.equal((await answer)?.status, 200)
    assert.equal(waiting.calls.length, 1)
    await waiting.close()
  })
}

function declareErrors({ app }: Context): void {
  it('answers 503 with Retry-After while a control is down', async () => {
    const answer = await askInVain(app(), { headers: [key('down')] })
    assert.equal(answer.status, 503)
    assertProblem(answer, 'unavailable')
    assert.deepEqual(fieldValues(answer, 'retry-after'), ['7'])
  })
  for (const word of ['crash', 'crash-later']) {
    it(`gives an unexpected error to the framework, and serves on (${word})`, async () => {
      const answer = await askInVain(app(), { headers: [key(word)] })
      assert.equal(answer.status, 500)
      const next = await ask(app(), { headers: [key('good')] })
      assert.equal(next?.status, 200)
    })
  }
}

/** RFC 9457, with the members that callers rely on. */
function assertProblem(answer: WireAnswer, code: string): void {
  assert.match(fieldValues(answer, 'content-type').join(), /^application\/problem\+json/)
  assert.equal(fieldValues(answer, 'content-length').join(), String(answer.body.length))
  const problem = JSON.parse(answer.body)
  assert.equal(problem.code, code)
  assert.equal(problem.status, answer.status)
  assert.match(problem.decisionId, /^dec_/)
}

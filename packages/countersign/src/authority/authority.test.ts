import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { UnavailableError } from '../core/errors.ts'
import { guard, type Guard } from '../core/guard.ts'
import type { ServicePrincipal } from '../core/principal.ts'
import { mintApiKey } from '../methods/api-key/mint.ts'
import { requestView } from '../testing/request.ts'
import { authority, type AuthorityClient } from './authority.ts'
import type { AuthorityClientOptions } from './options.ts'

const CREDENTIAL = 'cs_admin_credential-of-the-verifier'
const START = 1_700_000_000
const PRINCIPAL: ServicePrincipal = {
  type: 'service',
  id: 'svc_1',
  tenant: 'default',
  method: 'api-key',
  credentialId: 'unset',
  scopes: ['orders:read'],
  claims: {},
  authenticatedAt: START,
}

/** What a test lets the authority do. Speaks the protocol of `GET /v1/feed` and `POST /v1/verify`. */
class FakeAuthority {
  readonly feeds: ServerResponse[] = []
  readonly cursors: (string | null)[] = []
  readonly verified: string[] = []
  feedStatus = 200
  answer: (id: string) => unknown = (id) => ({
    outcome: 'accepted',
    principal: { ...PRINCIPAL, credentialId: id },
    asOf: START,
  })
  greeting: string[] = [snapshot(0), heartbeat(0)]
  readonly server: Server = createServer((request, response) => this.#serve(request, response))
  #waiting: (() => void)[] = []

  /** Resolves when the feed was opened this often. */
  async opened(times: number): Promise<void> {
    while (this.feeds.length < times) await new Promise<void>((done) => this.#waiting.push(done))
  }

  say(...messages: string[]): void {
    for (const message of messages) this.feeds.at(-1)?.write(message)
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://localhost')
    if (request.headers.authorization !== `Bearer ${CREDENTIAL}`) {
      response.writeHead(401).end()
    } else if (url.pathname === '/v1/feed') this.#openFeed(url, response)
    else void this.#verify(request, response)
  }

  #openFeed(url: URL, response: ServerResponse): void {
    this.cursors.push(url.searchParams.get('cursor'))
    response.writeHead(this.feedStatus, { 'content-type': 'text/event-stream' })
    if (this.feedStatus !== 200) response.end()
    else for (const message of this.greeting) response.write(message)
    this.feeds.push(response)
    for (const done of this.#waiting.splice(0)) done()
  }

  async #verify(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = ''
    for await (const chunk of request) text += String(chunk)
    const value = JSON.parse(text).credential.value ?? ''
    this.verified.push(value)
    response.end(JSON.stringify(this.answer(String(value).split('_')[2] ?? '')))
  }
}

const event = (name: string, data: object): string =>
  `event: ${name}\nid: 1\ndata: ${JSON.stringify(data)}\n\n`
const snapshot = (sequence: number, revocations: object[] = []): string =>
  event('snapshot', { sequence, revocations })
const heartbeat = (sequence: number): string => event('heartbeat', { sequence, now: START })
const revoked = (subject: string): object => ({
  tenant: 'default',
  kind: 'credential',
  subject,
  expiresAt: START + 9999,
})
const change = (sequence: number, subject: string): string =>
  event('change', { sequence, ...revoked(subject) })

const outcome = async (desk: Guard, key: string): Promise<string> => {
  const decision = await desk.check(requestView({ headers: [['x-api-key', key]] }))
  return decision.outcome === 'refused' ? decision.reason : decision.outcome
}
const newKey = (): { readonly id: string; readonly key: string } => {
  const { id, key } = mintApiKey({ brand: 'cs', environment: 'live' })
  return { id, key: key.reveal() }
}
/** Resolves once the client has read what the feed said, by asking until it holds. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve))
}

describe('authority', () => {
  let remote: FakeAuthority
  let client: AuthorityClient | undefined
  let now: number

  beforeEach(async () => {
    remote = new FakeAuthority()
    now = START
    await once(remote.server.listen(0, '127.0.0.1'), 'listening')
  })
  afterEach(async () => {
    await client?.close()
    client = undefined
    remote.server.closeAllConnections()
    await new Promise((resolve) => remote.server.close(resolve))
  })

  function connect(options: Partial<AuthorityClientOptions> = {}): {
    readonly client: AuthorityClient
    readonly desk: Guard
  } {
    const address = remote.server.address()
    assert(typeof address === 'object' && address !== null)
    client = authority({
      issuer: `http://127.0.0.1:${address.port}`,
      audience: 'https://api.example.test',
      algorithms: ['ES256'],
      credential: CREDENTIAL,
      accept: ['api-key'],
      allowPrivateHosts: ['127.0.0.1'],
      unsafe: { allowHttp: true },
      clock: () => now * 1000,
      ...options,
    })
    const desk = guard({ methods: client.methods, clock: () => now * 1000 })
    return { client, desk }
  }
  it('accepts nothing before the first snapshot, and everything good after it', async () => {
    remote.greeting = []
    const { client: follower, desk } = connect()
    const { key } = newKey()
    await remote.opened(1)
    assert.equal(follower.revocations.freshness(now), 'starting')
    assert.equal(await outcome(desk, key), 'request.unavailable')
    remote.say(snapshot(8), heartbeat(8))
    await follower.ready()
    assert.equal(follower.revocations.freshness(now), 'live')
    assert.equal(await outcome(desk, key), 'allowed')
  })

  it('starts with a snapshot and with nothing else', async () => {
    remote.greeting = [heartbeat(7), change(8, 'other')]
    const { client: follower } = connect()
    await remote.opened(1)
    remote.feeds[0]?.end()
    await remote.opened(2)
    assert.equal(follower.revocations.freshness(now), 'starting')
    assert.deepEqual(remote.cursors, [null, null])
  })

  it('asks once and leases, until the feed names the key', async () => {
    const { client: follower, desk } = connect()
    await follower.ready()
    const { id, key } = newKey()
    assert.equal(await outcome(desk, key), 'allowed')
    now += 9
    remote.say(heartbeat(0))
    assert.equal(await outcome(desk, key), 'allowed')
    assert.deepEqual(remote.verified, [key])
    remote.answer = () => ({ outcome: 'rejected', reason: 'api-key.revoked', asOf: now })
    remote.say(change(1, id))
    await until(async () => (await outcome(desk, key)) === 'api-key.revoked')
  })

  it('continues at its cursor after a break, stale meanwhile and lost when it takes too long', async () => {
    const { client: follower } = connect()
    await follower.ready()
    remote.say(change(5, 'x'))
    await until(
      () => follower.revocations.find({ tenant: 'default', credentialId: 'x' }) !== undefined,
    )
    remote.greeting = []
    remote.feeds[0]?.destroy()
    await remote.opened(2)
    assert.equal(remote.cursors[1], '5')
    assert.equal(follower.revocations.freshness(now), 'stale')
    assert.equal(follower.revocations.freshness(now + 9), 'stale')
    assert.equal(follower.revocations.freshness(now + 10), 'lost')
    remote.say(change(6, 'y'))
    await until(
      () => follower.revocations.find({ tenant: 'default', credentialId: 'y' }) !== undefined,
    )
    // A backlog may have more: only a heartbeat says that nothing is missing.
    assert.equal(follower.revocations.freshness(now), 'stale')
    remote.say(heartbeat(6))
    await until(() => follower.revocations.freshness(now) === 'live')
  })

  it('is not live when the authority falls silent without closing', async () => {
    const { client: follower } = connect({ maxStalenessSeconds: 20 })
    await follower.ready()
    assert.equal(follower.revocations.freshness(now + 12), 'live')
    assert.equal(follower.revocations.freshness(now + 13), 'stale')
    assert.equal(follower.revocations.freshness(now + 21), 'lost')
  })

  it('hangs up on a silent authority and connects again', async () => {
    const { client: follower } = connect({ heartbeatSeconds: 0.02 })
    await follower.ready()
    await remote.opened(2)
    assert.equal(remote.cursors[1], '0')
  })

  it('lets a snapshot replace what it knew', async () => {
    const { client: follower } = connect()
    await follower.ready()
    const knows = (credentialId: string): boolean =>
      follower.revocations.find({ tenant: 'default', credentialId }) !== undefined
    remote.say(change(1, 'old'))
    await until(() => knows('old'))
    remote.say(snapshot(9, [revoked('new')]))
    await until(() => knows('new'))
    assert(!knows('old'))
  })

  it('breaks the connection over a message that it cannot read', async () => {
    const { client: follower } = connect()
    await follower.ready()
    remote.say(event('change', { sequence: 1, kind: 'planet' }))
    await remote.opened(2)
    assert.match(follower.lastFailure ?? '', /revocation/)
  })

  it('says at once that the credential is refused', async () => {
    remote.feedStatus = 403
    const { client: follower } = connect()
    await assert.rejects(follower.ready(), /403.*countersign:feed:read/)
    assert.equal(follower.revocations.freshness(now), 'starting')
  })

  it('answers 503 while the authority does not answer, and what it cannot read is no answer', async () => {
    const { client: follower, desk } = connect()
    await follower.ready()
    for (const answer of [
      {},
      [],
      { outcome: 'accepted', asOf: START },
      { outcome: 'accepted', asOf: START, principal: { ...PRINCIPAL, scopes: 'all' } },
      { outcome: 'accepted', principal: PRINCIPAL },
      { outcome: 'perhaps', asOf: START },
    ]) {
      remote.answer = () => answer
      assert.equal(await outcome(desk, newKey().key), 'request.unavailable')
    }
    remote.answer = () => ({ outcome: 'rejected', reason: 'api-key.of-the-future', asOf: START })
    assert.equal(await outcome(desk, newKey().key), 'api-key.unknown')
  })

  it('accepts nothing once it is closed, and leaves nothing open', async () => {
    const { client: follower, desk } = connect()
    await follower.ready()
    const { key } = newKey()
    assert.equal(await outcome(desk, key), 'allowed')
    const closed = once(remote.feeds[0] ?? assert.fail('no feed'), 'close')
    await follower.close()
    await closed
    assert.equal(follower.revocations.freshness(now), 'lost')
    assert.equal(await outcome(desk, key), 'request.unavailable')
    assert.equal(remote.feeds.length, 1)
  })

  it('rejects readiness when it is closed before the first snapshot', async () => {
    remote.greeting = []
    const { client: follower } = connect()
    const ready = follower.ready()
    await follower.close()
    await assert.rejects(ready, UnavailableError)
  })

  it('shows its credential to nobody', async () => {
    remote.feedStatus = 500
    const { client: follower } = connect()
    await remote.opened(2)
    assert.equal(follower.lastFailure, 'answered 500')
    assert(!JSON.stringify([follower, follower.lastFailure]).includes(CREDENTIAL))
  })

  const wrong: readonly (readonly [string, Partial<AuthorityClientOptions>, RegExp])[] = [
    ['plain HTTP', { unsafe: {} }, /^authority: http: is not accepted/],
    ['a private address that is not named', { allowPrivateHosts: [] }, /^authority: /],
    ['no URL', { url: 'auth.example' }, /^authority: this is not a URL/],
    ['nothing to accept', { accept: [] }, /accept/],
    ['no heartbeat', { heartbeatSeconds: 0 }, /heartbeatSeconds/],
    ['algorithms that are none', { accept: ['jwt'], algorithms: ['none'] }, /none/],
  ]
  for (const [what, options, message] of wrong) {
    it(`refuses ${what} at construction, without a connection`, () => {
      assert.throws(() => connect(options), { name: 'ConfigError', message })
      assert.equal(remote.cursors.length, 0)
    })
  }
})

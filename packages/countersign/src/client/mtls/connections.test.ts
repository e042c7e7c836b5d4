import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import type { IncomingMessage, RequestListener } from 'node:http'
import { request, type Agent, type ServerOptions } from 'node:https'
import { text } from 'node:stream/consumers'
import { afterEach, before, describe, it } from 'node:test'
import { connect, type SecureVersion, type TLSSocket } from 'node:tls'
import { ConfigError, UnavailableError } from '../../core/errors.ts'
import { mintTestCertificate, type TestCertificate } from '../../testing/mint-certificate.ts'
import { apiKey } from '../api-key.ts'
import { withProof } from '../with-proof.ts'
import { mtlsAgent } from './agent.ts'
import { AuthorityDesk, DAY, NOW, renewed, root, serving } from './authority-desk.test.ts'
import { mtls } from './mtls.ts'
import { keepServerCertificate } from './server.ts'

let first: TestCertificate
let second: TestCertificate
let host: TestCertificate
let tls: ServerOptions

const SERVER = { dnsNames: ['localhost'], purposes: ['server', 'client'] } as const

before(async () => {
  ;[first, second] = await Promise.all([root('one'), root('two')])
  host = await mintTestCertificate({ issuer: first, uris: ['spiffe://test/api'], ...SERVER })
  tls = { ...own(host), ca: first.pem, requestCert: true, rejectUnauthorized: true }
})

const own = ({ pem, keyPem }: TestCertificate) => ({ cert: pem, key: keyPem })

/** Who asked, and on which connection. */
interface Seen {
  readonly serial: string
  readonly port: number
}

function seen({ socket }: IncomingMessage): Seen {
  // A server of node:https has TLS sockets.
  const { serialNumber } = (socket as TLSSocket).getPeerCertificate()
  return { serial: serialNumber, port: socket.remotePort ?? 0 }
}

const answerSeen: RequestListener = (asked, response) => {
  response.end(JSON.stringify(seen(asked)))
}

async function get(agent: Agent, url: string): Promise<Seen> {
  const sent = request(url, { agent })
  sent.end()
  // `once` does not know the events of a request.
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  return JSON.parse(await text(answer)) as Seen // what the server above says
}

/** A source that has its first certificate, and will get the second one when it is told to renew. */
async function aged() {
  const desk = new AuthorityDesk(first)
  // So that both certificates are good by the clock of the machine, which TLS reads.
  desk.clock.now = NOW - DAY * 0.7
  const source = desk.source()
  await source.current()
  const renew = () => {
    desk.clock.now = NOW
    return renewed(source)
  }
  return { desk, source, renew }
}

describe('mtlsAgent', () => {
  it('lets a request that is under way finish on its connection, and presents the new certificate on the next one', async () => {
    const { source, renew } = await aged()
    const release = Promise.withResolvers<void>()
    const listener: RequestListener = (asked, response) => {
      response.flushHeaders()
      void release.promise.then(() => answerSeen(asked, response))
    }
    await serving(tls, listener, async (origin) => {
      const agent = mtlsAgent(source)
      const sent = request(origin, { agent })
      sent.end()
      const [answer] = (await once(sent, 'response')) as [IncomingMessage] // as above
      const port = answer.socket.localPort
      const closed = once(answer.socket, 'close')
      await renew()
      release.resolve()
      assert.deepEqual(JSON.parse(await text(answer)), { serial: '01', port })
      await closed
      const next = await get(agent, origin)
      assert.equal(next.serial, '02')
      assert.notEqual(next.port, port)
      assert.deepEqual(await get(agent, origin), next)
      agent.destroy()
    })
    source.close()
  })
  it('hangs up idle connections of the old certificate', async () => {
    const { source, renew } = await aged()
    await serving(tls, answerSeen, async (origin, server) => {
      const agent = mtlsAgent(source)
      const connected = once(server, 'secureConnection')
      assert.equal((await get(agent, origin)).serial, '01')
      const [socket] = (await connected) as [TLSSocket] // what the event gives
      const closed = once(socket, 'close')
      await renew()
      await closed
      agent.destroy()
    })
    source.close()
  })
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    it(`does not resume a ${version} session of the old certificate`, async () => {
      const { source, renew } = await aged()
      await serving({ ...tls, maxVersion: version }, answerSeen, async (origin) => {
        const agent = mtlsAgent(source)
        assert.equal((await get(agent, origin)).serial, '01')
        await renew()
        assert.equal((await get(agent, origin)).serial, '02')
        agent.destroy()
      })
      source.close()
    })
  }
  it('serves everybody who waits for a connection while the certificate changes', async () => {
    const { source, renew } = await aged()
    const release = Promise.withResolvers<void>()
    const listener: RequestListener = (asked, response) => {
      void release.promise.then(() => answerSeen(asked, response))
    }
    await serving(tls, listener, async (origin, server) => {
      const agent = mtlsAgent(source, { maxSockets: 1 })
      const arrived = once(server, 'request')
      const waiting = [get(agent, origin), get(agent, origin), get(agent, origin)]
      await arrived
      await renew()
      const late = get(agent, origin)
      release.resolve()
      const serials = (await Promise.all([...waiting, late])).map(({ serial }) => serial)
      assert.deepEqual(serials, ['01', '01', '01', '02'])
      agent.destroy()
    })
    source.close()
  })
  it('fails a request when there is no valid certificate', async () => {
    const { desk, source } = await aged()
    desk.outage = () => new Response(null, { status: 500 })
    desk.clock.pass(DAY)
    await serving(tls, answerSeen, async (origin) => {
      const agent = mtlsAgent(source)
      await assert.rejects(get(agent, origin), UnavailableError)
      await assert.rejects(mtls(source)(origin), UnavailableError)
      agent.destroy()
    })
    source.close()
  })
})

const echo: RequestListener = (asked, response) => {
  const { method, url, headers } = asked
  response.writeHead(200, 'Fine', ['set-cookie', 'a=1', 'set-cookie', 'b=2'])
  void text(asked).then((body) =>
    response.end(JSON.stringify({ ...seen(asked), method, url, body, headers })),
  )
}

describe('mtls', () => {
  // One connection: an answer that kept it would be the last.
  const call = () => mtls({ ...own(client), ca: first.pem }, { maxSockets: 1 })
  let client: TestCertificate
  before(async () => {
    client = await mintTestCertificate({ issuer: first, uris: ['spiffe://test/svc'] })
  })

  it('is a fetch, and the innermost one for every proof', () =>
    serving(tls, echo, async (origin) => {
      const answer = await withProof(apiKey('acme_live_x'), { fetch: call() })(`${origin}/a?b=c`, {
        method: 'POST',
        body: 'hello',
      })
      assert.deepEqual(
        [answer.status, answer.statusText, answer.url],
        [200, 'Fine', `${origin}/a?b=c`],
      )
      assert.deepEqual(answer.headers.getSetCookie(), ['a=1', 'b=2'])
      const { serial, method, url, body, headers } = (await answer.json()) as Record<
        string,
        unknown
      > & {
        headers: Record<string, string>
      } // what echo says
      assert.deepEqual([method, url, body], ['POST', '/a?b=c', 'hello'])
      assert.equal(String(serial).toLowerCase(), client.serial)
      assert.equal(headers['x-api-key'], 'acme_live_x')
      assert.equal(headers['content-length'], '5')
    }))
  it('streams a body that is a stream', () =>
    serving(tls, echo, async (origin) => {
      const body = new Blob(['hello ', 'stream']).stream()
      const init = { method: 'PUT', body, duplex: 'half' } as const
      const { body: got, headers } = (await (await call()(origin, init)).json()) as {
        body: string
        headers: Record<string, string>
      } // what echo says
      assert.equal(got, 'hello stream')
      assert.equal(headers['transfer-encoding'], 'chunked')
    }))
  it('gives answers without a body, and redirects, as they are', () =>
    serving(
      tls,
      ({ url }, response) => {
        response
          .writeHead(url === '/gone' ? 307 : 204, { location: 'https://elsewhere.test/' })
          .end()
      },
      async (origin) => {
        const send = call()
        const redirect = await send(`${origin}/gone`)
        assert.deepEqual([redirect.status, await redirect.text()], [307, ''])
        const empty = await send(origin)
        assert.deepEqual([empty.status, empty.body], [204, null])
        assert.equal((await send(origin, { method: 'HEAD' })).body, null)
      },
    ))
  it('stops when it is told to', () =>
    serving(
      tls,
      () => undefined,
      async (origin, server) => {
        const stop = new AbortController()
        const sent = call()(origin, { signal: stop.signal })
        server.once('request', () => stop.abort(new Error('enough')))
        await assert.rejects(sent, /enough/)
      },
    ))
  it('fails as fetch does for a status that no answer has', () =>
    serving(
      tls,
      (_, response) => response.writeHead(799).write('and so on'),
      async (origin) => {
        const send = call()
        await assert.rejects(send(origin), TypeError)
        await assert.rejects(send(origin), TypeError)
      },
    ))
  it('reaches no server over http', async () => {
    await assert.rejects(call()('http://localhost:9/'), /the URL is not https/)
  })
})

/** A server that is not who was meant. */
interface HostileServer {
  readonly name: string
  readonly certificate: () => Promise<TestCertificate>
  readonly serverIdentity?: string
  readonly code: RegExp
}

const HOSTILE_SERVERS: readonly HostileServer[] = [
  {
    name: 'a server of another authority',
    certificate: () => mintTestCertificate({ issuer: second, ...SERVER }),
    code: /unable to get local issuer|unable to verify/,
  },
  {
    name: 'a server that vouches for itself',
    certificate: () => mintTestCertificate(SERVER),
    code: /self-signed/,
  },
  {
    name: 'a server by the name of another host',
    certificate: () => mintTestCertificate({ issuer: first, ...SERVER, dnsNames: ['other.test'] }),
    code: /does not match/,
  },
  {
    name: 'a client of the same authority that plays server',
    certificate: () => mintTestCertificate({ issuer: first, ...SERVER, purposes: ['client'] }),
    code: /unsuitable certificate purpose/,
  },
  {
    name: 'a server whose time is over',
    certificate: () => mintTestCertificate({ issuer: first, ...SERVER, notAfter: NOW - 1 }),
    code: /expired/,
  },
  {
    name: 'another workload, at the right host',
    certificate: () =>
      mintTestCertificate({ issuer: first, ...SERVER, uris: ['spiffe://test/other'] }),
    serverIdentity: 'spiffe://test/api',
    code: /the server is not spiffe:\/\/test\/api/,
  },
  {
    name: 'a workload below the right one',
    certificate: () =>
      mintTestCertificate({ issuer: first, ...SERVER, uris: ['spiffe://test/api/admin'] }),
    serverIdentity: 'spiffe://test/api',
    code: /the server is not/,
  },
  {
    name: 'two workloads in one',
    certificate: () =>
      mintTestCertificate({
        issuer: first,
        ...SERVER,
        uris: ['spiffe://test/api', 'spiffe://test/other'],
      }),
    serverIdentity: 'spiffe://test/api',
    code: /the server is not/,
  },
  {
    name: 'a host by the name of a workload',
    certificate: () =>
      mintTestCertificate({ issuer: first, ...SERVER, dnsNames: ['spiffe://test/api'] }),
    serverIdentity: 'spiffe://test/api',
    code: /the server is not/,
  },
]

const reached: RequestListener = () => assert.fail('reached')

describe('a hostile server is not told anything', () => {
  for (const { name, certificate, serverIdentity, code } of HOSTILE_SERVERS) {
    it(name, async () => {
      const hostile = { ...tls, ...own(await certificate()) }
      await serving(hostile, reached, async (origin) => {
        const call = mtls(
          { ...own(host), ca: first.pem },
          serverIdentity === undefined ? {} : { serverIdentity },
        )
        const refused = await call(origin).catch((error: unknown) => error)
        assert(refused instanceof TypeError && refused.cause instanceof Error)
        assert.match(refused.cause.message, code)
      })
    })
  }
  it('also not when a request asks to verify nothing', async () => {
    const hostile = { ...tls, ...own(await mintTestCertificate({ issuer: second, ...SERVER })) }
    const { source } = await aged()
    const agent = mtlsAgent(source)
    const lax = { rejectUnauthorized: false, checkServerIdentity: () => undefined, ca: second.pem }
    await serving(hostile, reached, async (origin) => {
      const sent = request(origin, { agent, ...lax })
      sent.end()
      await assert.rejects(once(sent, 'response'), /issuer|verify/)
    })
    agent.destroy()
    source.close()
  })
  it('and a workload is reached under any host name', () =>
    serving(tls, answerSeen, async (origin) => {
      const call = mtls({ ...own(host), ca: first.pem }, { serverIdentity: 'spiffe://test/api' })
      assert.equal((await call(origin.replace('localhost', '127.0.0.1'))).status, 200)
    }))
  it('takes no identity that is none', () => {
    for (const serverIdentity of ['api', 'spiffe://test', 'https://test/api', '']) {
      assert.throws(() => mtls({ ...own(host), ca: '' }, { serverIdentity }), ConfigError)
    }
  })
})

const greeted: TLSSocket[] = []

/** Connects as a client does; answers the serial number of the server, and how it got in. */
async function greet(
  origin: string,
  options: {
    client?: TestCertificate
    session?: Buffer | undefined
    maxVersion?: SecureVersion
  } = {},
) {
  const { client = host, ...rest } = options
  const ca = first.pem + second.pem
  const socket = connect({
    port: Number(new URL(origin).port),
    host: '127.0.0.1',
    servername: 'localhost',
    ca,
    ...own(client),
    ...rest,
  })
  greeted.push(socket)
  await once(socket, 'secureConnect')
  const { serialNumber: serial } = socket.getPeerCertificate()
  return { socket, serial, session: socket.getSession(), isReused: socket.isSessionReused() }
}

describe('keepServerCertificate', () => {
  afterEach(() => {
    for (const socket of greeted.splice(0)) socket.destroy()
  })
  it('leaves connections alone, and gives new ones the new certificate', async () => {
    const { source, renew } = await aged()
    await serving(tls, answerSeen, async (origin, server) => {
      const stop = await keepServerCertificate(server, source)
      const old = await greet(origin)
      assert.equal(old.serial, '01')
      await renew()
      assert.equal((await greet(origin)).serial, '02')
      // The old connection still answers.
      old.socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
      const [answer] = (await once(old.socket, 'data')) as [Buffer] // what sockets give
      assert.match(answer.toString(), /^HTTP\/1\.1 200/)
      stop()
    })
    source.close()
  })
  it('SR-302: resumes no session from before the renewal', async () => {
    const { source, renew } = await aged()
    await serving(tls, answerSeen, async (origin, server) => {
      const stop = await keepServerCertificate(server, source)
      const maxVersion = 'TLSv1.2'
      const { session } = await greet(origin, { maxVersion })
      assert.equal((await greet(origin, { maxVersion, session })).isReused, true)
      await renew()
      assert.equal((await greet(origin, { maxVersion, session })).isReused, false)
      stop()
    })
    source.close()
  })
  it('believes the clients of the new bundle, and keeps its other options', async () => {
    const { desk, source, renew } = await aged()
    const client = await mintTestCertificate({ issuer: second })
    // In TLS 1.2 the refusal is part of the handshake.
    const maxVersion = 'TLSv1.2'
    await serving(tls, answerSeen, async (origin, server) => {
      const stop = await keepServerCertificate(server, source, { tls: { minVersion: 'TLSv1.2' } })
      await assert.rejects(greet(origin, { client, maxVersion }))
      desk.answer = (answer) => ({ ...answer, bundle: first.pem + second.pem })
      await renew()
      assert.equal((await greet(origin, { client, maxVersion })).serial, '02')
      stop()
    })
    source.close()
  })
  it('speaks no TLS below the version that it is told, over renewals', async () => {
    const { source, renew } = await aged()
    await serving(tls, answerSeen, async (origin, server) => {
      const stop = await keepServerCertificate(server, source, { tls: { minVersion: 'TLSv1.3' } })
      await renew()
      await assert.rejects(greet(origin, { maxVersion: 'TLSv1.2' }))
      assert.equal((await greet(origin)).serial, '02')
      stop()
    })
    source.close()
  })
  it('fails when there is no certificate, and listens no longer', async () => {
    const desk = new AuthorityDesk(first)
    desk.outage = () => new Response(null, { status: 500 })
    const source = desk.source()
    const server = { setSecureContext: () => assert.fail('there is none') }
    await assert.rejects(keepServerCertificate(server, source), UnavailableError)
    desk.outage = undefined
    desk.errors.length = 0
    desk.clock.pass(300)
    await source.current()
    desk.clock.pass(DAY * 0.7)
    await renewed(source)
    assert.deepEqual(desk.errors, [])
    source.close()
  })
})

describe('a renewal that is proven with the certificate that it replaces', () => {
  it('goes over TLS with it; the first one does not', async () => {
    const desk = new AuthorityDesk(first)
    desk.clock.now = NOW - DAY * 0.7
    const proven: string[] = []
    const listener: RequestListener = (asked, response) => {
      proven.push(seen(asked).serial)
      void text(asked)
        .then((body) =>
          desk.fetch(`https://${asked.headers.host}${asked.url}`, { method: 'POST', body }),
        )
        .then(async (answer) => response.writeHead(answer.status).end(await answer.text()))
    }
    await serving(tls, listener, async (origin) => {
      const source = desk.source({ renewal: { issuer: origin } })
      await source.current()
      desk.clock.now = NOW
      assert.equal((await renewed(source)).serial, '02')
      assert.deepEqual(desk.urls, [
        'https://auth.example.test/t/acme/v1/certificates',
        `${origin}/v1/certificates`,
      ])
      assert.deepEqual(proven, ['01'])
      source.close()
    })
  })
  it('tells a hostile listener nothing', async () => {
    const desk = new AuthorityDesk(first)
    desk.clock.now = NOW - DAY * 0.7
    const hostile = { ...tls, ...own(await mintTestCertificate({ issuer: second, ...SERVER })) }
    await serving(hostile, reached, async (origin) => {
      const heard = Promise.withResolvers<string>()
      const onError = ({ message }: Error): void => heard.resolve(message)
      const source = desk.source({ renewal: { issuer: origin }, onError })
      const one = await source.current()
      desk.clock.now = NOW
      assert.equal(await source.current(), one)
      assert.match(await heard.promise, /cannot be reached: UNABLE_TO_/)
      source.close()
    })
  })
})

/** TLS at the listener, by real clients of node:tls: the machine's clock is theirs. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { rename, writeFile } from 'node:fs/promises'
import type { RequestListener, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { afterEach, before, beforeEach, describe, test } from 'node:test'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { ConfigError, guard, type Revocations } from 'countersign'
import { mtls } from 'countersign/mtls'
import { peerCertificateOf, protect } from 'countersign/node'
import { makeLogger } from '../../operations/log.ts'
import { scratchFolder } from '../../testing/scratch.ts'
import { handClock, type HandClock } from '../../testing/authority.ts'
import {
  handCa,
  tlsCa,
  tlsClient,
  tlsHolder,
  WORKLOAD,
  type HandCa,
  type TlsClient,
  type TlsHolder,
} from '../../testing/tls.ts'
import { listenWithTls, type ListenerTls, type TlsListener } from './listener.ts'

const NOTHING_REVOKED: Revocations = { find: () => undefined, freshness: () => 'live' }
let clock: HandClock
let ca: HandCa
let leaf: TlsHolder
let listener: TlsListener
let logged: string[]
const clients: TlsClient[] = []

before(async () => {
  ca = await handCa(() => clock.now())
  leaf = await ca.client()
})

/** Who the client is to TLS. */
const names: RequestListener = ({ socket }, response) => {
  const peer = peerCertificateOf(socket)
  response.end(peer === undefined ? 'nobody' : `${peer.der.byteLength > 0}`)
}

async function start(
  handler: RequestListener = names,
  tls: ListenerTls = { issue: { dnsNames: ['localhost'] } },
): Promise<TlsListener> {
  const log = makeLogger({ destination: { write: (line) => void logged.push(line) } })
  const context = { clock: clock.read, log, revocations: NOTHING_REVOKED, certificates: ca }
  listener = await listenWithTls(handler, { port: 0, tls }, context)
  return listener
}

beforeEach(() => {
  clock = handClock(Math.floor(Date.now() / 1000))
  logged = []
})
afterEach(async () => {
  for (const opened of clients.splice(0)) opened.close()
  await listener.close(0)
})

/** Serial number of the certificate that a new connection is shown. */
const serial = async (): Promise<string> => (await client().send('/')).serverSerial

type ClientOptions = Parameters<typeof tlsClient>[2]

function client(options?: ClientOptions): TlsClient {
  const made = tlsClient(listener.url, ca.root, options)
  clients.push(made)
  return made
}

describe('a listener with TLS', () => {
  test('asks for a certificate, and turns nobody away for it (SR-301)', async () => {
    await start()
    assert.match(listener.url, /^https:\/\/127\.0\.0\.1:/)
    assert.equal((await client().send('/')).body, 'nobody')
    assert.equal((await client({ certificate: leaf }).send('/')).body, 'true')
    const stranger = await tlsHolder(await tlsCa(), { dns: ['localhost'] })
    assert.equal((await client({ certificate: stranger }).send('/')).body, 'true')
  })

  test('asks for no certificate where it is told not to', async () => {
    await start(names, { issue: { dnsNames: ['localhost'] }, requestClientCertificates: false })
    assert.equal((await client({ certificate: leaf }).send('/')).body, 'nobody')
  })

  test('speaks the suites of BCP 195 over TLS 1.2, and no others (SR-040)', async () => {
    await start()
    const { socket } = await over('ECDHE-ECDSA-AES128-GCM-SHA256').send('/')
    assert.equal(socket.getCipher().name, 'ECDHE-ECDSA-AES128-GCM-SHA256')
    const old = ['ECDHE-ECDSA-AES128-SHA256', 'ECDHE-ECDSA-AES256-SHA', 'ECDHE-ECDSA-AES128-CCM8']
    for (const cipher of old) {
      // oxlint-disable-next-line no-await-in-loop -- some handshakes
      await assert.rejects(over(`${cipher}@SECLEVEL=0`).send('/'), /alert|handshake/i, cipher)
    }
  })

  test('speaks TLS 1.2 and 1.3, and nothing older (SR-040)', async () => {
    await start()
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      // oxlint-disable-next-line no-await-in-loop -- two handshakes
      const { socket } = await client({ minVersion: version, maxVersion: version }).send('/')
      assert.equal(socket.getProtocol(), version)
    }
    const old = {
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    } as const
    await assert.rejects(client(old).send('/'), /alert|version|protocol/i)
  })

  test('does not renegotiate: the client of a connection stays the same', async () => {
    await start()
    const socket = await open({ maxVersion: 'TLSv1.2' })
    const error = await new Promise((resolve) => {
      socket.once('error', resolve)
      socket.renegotiate({}, resolve)
    })
    assert.match(String(error), /renegotiation/i)
    socket.destroy()
  })

  test('tells a client that speaks plain http (SR-057)', async () => {
    await start()
    const response = await fetch(listener.url.replace('https:', 'http:'))
    assert.equal(response.status, 400)
    assert.match(await response.text(), /"code":"https-required"/)
  })
})

const over = (ciphers: string) => client({ maxVersion: 'TLSv1.2', ciphers })

async function open(options: ConnectionOptions): Promise<TLSSocket> {
  const { port } = new URL(listener.url)
  const to = { host: '127.0.0.1', port: Number(port), servername: 'localhost', ca: ca.root }
  const socket = connect({ ...to, ...options })
  await once(socket, 'secureConnect')
  return socket
}

describe('the certificate of a listener', () => {
  test('is another one at half of its life, and no connection notices', async () => {
    await start()
    const kept = client()
    const first = await kept.send('/')
    clock.pass(1799)
    await listener.reload()
    assert.equal((await client().send('/')).serverSerial, first.serverSerial)
    clock.pass(2)
    await listener.reload()
    const later = await kept.send('/')
    assert.ok(later.socket === first.socket)
    assert.notEqual((await client().send('/')).serverSerial, first.serverSerial)
  })

  test('follows its files; what cannot be served keeps the old one, and is an error in the log', async () => {
    const folder = scratchFolder()
    const files = { certificate: join(folder, 'host.pem'), key: join(folder, 'host.key') }
    const write = async (which: 'certificate' | 'key', text: string): Promise<void> => {
      await writeFile(`${files[which]}.new`, text)
      await rename(`${files[which]}.new`, files[which])
    }
    const [one, two] = [await ca.host(), await ca.host()]
    await write('certificate', one.pem)
    await write('key', one.keyPem)
    await start(names, files)
    assert.equal(await serial(), one.serial)
    await write('certificate', two.pem)
    await listener.reload()
    assert.equal(await serial(), one.serial)
    assert.match(logged.join(''), /stays the old one/)
    await write('key', two.keyPem)
    await listener.reload()
    assert.equal(await serial(), two.serial)
    await write('certificate', 'broken')
    await listener.reload()
    assert.equal(await serial(), two.serial)
    assert.ok(!logged.join('').includes('PRIVATE'))
  })

  test('is there from the beginning, or nothing listens', async () => {
    await start()
    const missing = { certificate: '/nowhere/host.pem', key: '/nowhere/host.key' }
    const context = { clock: clock.read, log: makeLogger(), revocations: NOTHING_REVOKED }
    const folder = scratchFolder()
    const mixed = { certificate: join(folder, 'host.pem'), key: join(folder, 'host.key') }
    await writeFile(mixed.certificate, (await ca.host()).pem)
    await writeFile(mixed.key, (await ca.host()).keyPem)
    for (const tls of [missing, mixed, { issue: { dnsNames: ['localhost'] } }]) {
      // oxlint-disable-next-line no-await-in-loop -- three attempts
      await assert.rejects(listenWithTls(names, { port: 0, tls }, context), ConfigError)
    }
  })
})

describe('a change of the trust (SR-302)', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    test(`ends the sessions of before: ${version}`, async () => {
      await start()
      const again = client({ certificate: leaf, keepAlive: false, maxVersion: version })
      const reused = async (): Promise<boolean> => (await again.send('/')).reused
      assert.deepEqual([await reused(), await reused()], [false, true])
      ca.change()
      assert.deepEqual([await reused(), await reused()], [false, true])
    })
  }

  test('stays without those sessions when the certificate of the listener is renewed', async () => {
    await start()
    const again = client({ certificate: leaf, keepAlive: false, maxVersion: 'TLSv1.2' })
    await again.send('/')
    ca.change()
    clock.pass(1801)
    await listener.reload()
    assert.equal((await again.send('/')).reused, false)
  })

  test('closes idle connections whose certificate was revoked; all others live on', async () => {
    await start()
    const revoked = await ca.client()
    const [gone, kept, anonymous] = [
      client({ certificate: revoked }),
      client({ certificate: leaf }),
      client(),
    ]
    const [was, one, two] = await Promise.all([gone, kept, anonymous].map((each) => each.send('/')))
    assert.ok(was !== undefined && one !== undefined && two !== undefined)
    const closed = once(was.socket, 'close')
    ca.deny(revoked)
    ca.change()
    await closed
    assert.ok((await kept.send('/')).socket === one.socket)
    assert.ok((await anonymous.send('/')).socket === two.socket)
  })

  test('closes connections whose CA was removed', async () => {
    await start()
    const { socket } = await client({ certificate: leaf }).send('/')
    const closed = once(socket, 'close')
    ca.believe(false)
    ca.change()
    await closed
    ca.believe(true)
  })

  test('lets the answer under way out first, and then closes', async () => {
    const busy = Promise.withResolvers<ServerResponse>()
    await start(({ url }, response) => {
      if (url === '/late') busy.resolve(response)
      else response.end()
    })
    const certificate = await ca.client()
    const pending = client({ certificate }).send('/late')
    const response = await busy.promise
    // Judged after the other one: when it is closed, both are known to be revoked.
    const idle = await client({ certificate }).send('/')
    const closed = once(idle.socket, 'close')
    ca.deny(certificate)
    ca.change()
    await closed
    response.end('late')
    const { body, headers, socket } = await pending
    assert.deepEqual([body, headers['connection']], ['late', 'close'])
    if (!socket.destroyed) await once(socket, 'close')
  })

  test('refuses the request that came before the connection was closed, with the reason', async () => {
    const reasons: string[] = []
    const desk = guard({
      methods: [mtls({ trust: ca.trust, identify: ca.identify('default') })],
      clock: clock.read,
      onDecision: (record) => reasons.push(record.reason ?? record.outcome),
    })
    await start(
      protect(desk, undefined, (_, response, principal) => {
        response.end(principal.id)
      }),
    )
    const revoked = await ca.client()
    const kept = client({ certificate: revoked })
    assert.equal((await kept.send('/')).body, WORKLOAD)
    // Denied, and the listener is not told yet.
    ca.deny(revoked)
    const { status, socket } = await kept.send('/')
    assert.deepEqual([status, reasons.at(-1)], [401, 'mtls.denied'])
    const closed = once(socket, 'close')
    ca.change()
    await closed
  })
})

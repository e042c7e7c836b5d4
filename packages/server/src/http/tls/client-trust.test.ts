import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { before, describe, test, type TestContext } from 'node:test'
import type { PeerCertificate, Revocations } from 'countersign'
import { identityRules, type IdentityRule } from 'countersign/mtls'
import {
  handCa,
  tlsClient,
  WORKLOAD,
  type HandCa,
  type TlsClient,
  type TlsHolder,
} from '../../testing/tls.ts'
import { closeUntrusted } from './client-sockets.ts'
import { clientTrust, type ClientTrust } from './client-trust.ts'
import { serverOptions, contextOptions } from './options.ts'

let ca: HandCa
let leaf: TlsHolder

before(async () => {
  ca = await handCa(() => Math.floor(Date.now() / 1000))
  leaf = await ca.client()
})

const revocations = (freshness: 'live' | 'lost'): Revocations => ({
  find: () => undefined,
  freshness: () => freshness,
})

const trustWith = (
  rule: Partial<IdentityRule> = {},
  freshness: 'live' | 'lost' = 'live',
): ClientTrust => {
  const common = { tenant: 'default', scopes: ['orders:read'], ...rule }
  const rules = identityRules([{ ...common, spiffe: WORKLOAD }])
  const certificates = { ...ca, identify: () => rules }
  return clientTrust({ certificates, revocations: revocations(freshness), clock: Date.now })
}

const peer = ({ pem }: TlsHolder): PeerCertificate => ({
  der: new Uint8Array(new X509Certificate(pem).raw),
  chain: [],
})

describe('whether a connection may stay', () => {
  test('is asked of the method that judges requests', async () => {
    const revoked = await ca.client()
    assert.equal(await trustWith().accepts(peer(revoked)), true)
    ca.deny(revoked)
    assert.equal(await trustWith().accepts(peer(revoked)), false)
    assert.equal(await trustWith().accepts({ der: new Uint8Array([1]), chain: [] }), false)
  })

  test('is not asked of the network: the address of a request may be another', async () => {
    assert.equal(await trustWith({ networks: ['192.0.2.0/24'] }).accepts(peer(leaf)), true)
  })

  test('is answered by yes while nobody can know: its requests are refused with 503', async () => {
    assert.equal(await trustWith({}, 'lost').accepts(peer(leaf)), true)
  })
})

interface Streaming {
  /** Makes a client with the certificate. */
  readonly connect: () => TlsClient
  readonly certificate: TlsHolder
  /** The answer whose first part is out. */
  readonly begun: Promise<ServerResponse>
}

/** A server that begins an answer and leaves it there. */
async function stream(t: TestContext, maxLeavingMs: number): Promise<Streaming> {
  const { pem, keyPem } = await ca.host()
  const context = contextOptions({ cert: pem, key: keyPem })
  const begun = Promise.withResolvers<ServerResponse>()
  // Nothing but the change is to end a connection here.
  const tls = { ...serverOptions({ context, requestCert: true }), keepAliveTimeout: 0 }
  const server = createServer(tls, ({ url }, response) => {
    if (url === '/idle') response.end()
    else response.write('the first of many', begun.resolve.bind(undefined, response))
  })
  const options = { certificates: ca, revocations: revocations('live'), clock: Date.now }
  const unwatch = closeUntrusted(server, clientTrust(options), maxLeavingMs)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  const certificate = await ca.client()
  t.after(() => {
    unwatch()
    server.close()
    server.closeAllConnections()
  })
  const connect = (): TlsClient => {
    const client = tlsClient(`https://127.0.0.1:${address.port}`, ca.root, { certificate })
    t.after(() => {
      client.close()
    })
    return client
  }
  return { connect, certificate, begun: begun.promise }
}

describe('a connection whose certificate is revoked in the middle of an answer', () => {
  test('is cut when the answer has no end', async (t) => {
    const { connect, certificate, begun } = await stream(t, 20)
    const endless = assert.rejects(connect().send('/'), /aborted|hang up/)
    await begun
    ca.deny(certificate)
    ca.change()
    await endless
  })

  test('closes after the end, though its head had promised to stay', async (t) => {
    const { connect, certificate, begun } = await stream(t, 600_000)
    const answer = connect().send('/')
    const response = await begun
    const closed = once(response.req.socket, 'close')
    // Judged after the other one: when it is closed, both are known to be revoked.
    const { socket } = await connect().send('/idle')
    const idle = once(socket, 'close')
    ca.deny(certificate)
    ca.change()
    await idle
    response.end()
    assert.equal((await answer).headers['connection'], 'keep-alive')
    await closed
  })
})

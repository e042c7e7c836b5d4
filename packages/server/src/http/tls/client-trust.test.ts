import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:https'
import { before, describe, test } from 'node:test'
import type { PeerCertificate, Revocations } from 'countersign'
import { identityRules, type IdentityRule } from 'countersign/mtls'
import { handCa, tlsClient, WORKLOAD, type HandCa, type TlsHolder } from '../../testing/tls.ts'
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

test('an answer without an end is cut when its certificate is revoked', async (t) => {
  const { pem, keyPem } = await ca.host()
  const context = contextOptions({ cert: pem, key: keyPem })
  const server = createServer(serverOptions({ context, requestCert: true }), (_, response) => {
    response.write('the first of many')
    response.flushHeaders()
  })
  const unwatch = closeUntrusted(
    server,
    clientTrust({ certificates: ca, revocations: revocations('live'), clock: Date.now }),
    20,
  )
  t.after(() => {
    unwatch()
    server.close()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  const certificate = await ca.client()
  const arrived = once(server, 'request')
  const client = tlsClient(`https://127.0.0.1:${address.port}`, ca.root, { certificate })
  t.after(() => {
    client.close()
  })
  const endless = assert.rejects(client.send('/'), /aborted|hang up/)
  await arrived
  ca.deny(certificate)
  ca.change()
  await endless
})

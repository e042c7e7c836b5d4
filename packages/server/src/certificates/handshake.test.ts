import assert from 'node:assert/strict'
import { once } from 'node:events'
import { suite, test } from 'node:test'
import * as tls from 'node:tls'
import type { CertificateAuthority } from './authority.ts'
import { makeCrl } from './crl.ts'
import type { CertificateIdentity } from './names.ts'
import { issued, proven, testCa } from './testing/authority.ts'
import { makeRequest, p256 } from './testing/request.ts'

// node:tls reads the clock of the machine: here, and only here, so do the certificates.
const now = Math.floor(Date.now() / 1000)
const WORKLOAD: CertificateIdentity = { spiffe: 'spiffe://example.org/acme/service/a', dns: [] }
const HOST: CertificateIdentity = {
  spiffe: 'spiffe://example.org/acme/service/b',
  dns: ['b.example.org'],
}

const BOTH_GOOD = {
  server: `URI:${WORKLOAD.spiffe}`,
  client: `URI:${HOST.spiffe}, DNS:b.example.org`,
}

interface End {
  readonly cert: string
  readonly key: string
  readonly serial: string
}

/** A certificate with its private key, and the chain above it where there is one. */
async function end(
  ca: CertificateAuthority,
  identity: CertificateIdentity,
  chain = '',
): Promise<End> {
  const pair = p256()
  const { pem, serial } = await issued(ca, { csr: proven(makeRequest({ pair })), identity, now })
  const key = pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  return { cert: pem + chain, key, serial }
}

interface Sides {
  readonly server: tls.TlsOptions
  readonly client: tls.ConnectionOptions
}

/** What each end made of the other: its names, or why it parted. */
interface Outcome {
  readonly server: string
  readonly client: string
}

/** Lets two ends meet on loopback. */
async function meet(sides: Sides): Promise<Outcome> {
  // Not rejecting, the server tells what it would have rejected for.
  const judging = { requestCert: true, rejectUnauthorized: false }
  const server = tls.createServer({ ...judging, ...sides.server }, (socket) => socket.end())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  const to = { host: '127.0.0.1', port: address.port, servername: 'b.example.org' }
  const client = tls.connect({ ...to, ...sides.client })
  client.resume()
  const [atServer, atClient] = await Promise.all([
    verdict(server, 'secureConnection', 'tlsClientError'),
    verdict(client, 'secureConnect', 'error'),
  ])
  client.destroy()
  server.close()
  return { server: atServer, client: atClient }
}

function verdict(side: tls.Server | tls.TLSSocket, good: string, bad: string): Promise<string> {
  return new Promise((resolve) => {
    side.on(good, (socket: tls.TLSSocket = ownSocket(side)) => {
      const { subjectaltname = '' } = socket.getPeerCertificate()
      // Node's types say Error; at run time it is the code.
      resolve(socket.authorized ? subjectaltname : String(socket.authorizationError))
    })
    side.on(bad, (error: Error) => resolve(codeOf(error)))
  })
}

function ownSocket(side: tls.Server | tls.TLSSocket): tls.TLSSocket {
  assert.ok(side instanceof tls.TLSSocket)
  return side
}

const codeOf = (error: Error & { readonly code?: string }): string => error.code ?? error.message

suite('an issued pair, in a handshake of node:tls', () => {
  test('proves both ends, the server by its host name', async () => {
    const ca = await testCa({ now })
    const [server, client] = await Promise.all([end(ca, HOST), end(ca, WORKLOAD)])
    const outcome = await meet({
      server: { ...server, ca: ca.pem },
      client: { ...client, ca: ca.pem },
    })
    assert.deepEqual(outcome, BOTH_GOOD)
  })

  test('proves both ends below an intermediate, with TLS 1.2 too', async () => {
    const root = await testCa({ now, pathLength: 1 })
    const ca = await testCa({ now, parent: root })
    const [server, client] = await Promise.all([end(ca, HOST, ca.pem), end(ca, WORKLOAD, ca.pem)])
    const outcome = await meet({
      server: { ...server, ca: root.pem, maxVersion: 'TLSv1.2' },
      client: { ...client, ca: root.pem },
    })
    assert.deepEqual(outcome, BOTH_GOOD)
  })

  test('is refused as a server by another host name', async () => {
    const ca = await testCa({ now })
    const [server, client] = await Promise.all([end(ca, HOST), end(ca, WORKLOAD)])
    const outcome = await meet({
      server: { ...server, ca: ca.pem },
      client: { ...client, ca: ca.pem, servername: 'c.example.org' },
    })
    assert.equal(outcome.client, 'ERR_TLS_CERT_ALTNAME_INVALID')
  })

  test('is refused when its CA is not in the bundle, and taken while it is retiring', async () => {
    const [old, fresh] = await Promise.all([testCa({ now }), testCa({ now })])
    const [server, client] = await Promise.all([end(fresh, HOST), end(old, WORKLOAD)])
    const trusting = (ca: string): Promise<Outcome> =>
      meet({ server: { ...server, ca }, client: { ...client, ca: fresh.pem } })
    assert.deepEqual(await trusting(old.pem + fresh.pem), BOTH_GOOD)
    assert.equal((await trusting(fresh.pem)).server, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE')
  })

  test('is refused when it is on the list', async () => {
    const ca = await testCa({ now })
    const [server, client] = await Promise.all([end(ca, HOST), end(ca, WORKLOAD)])
    const listing = async (serial: string): Promise<Outcome> => {
      const revoked = [{ serial, revokedAt: now }]
      const { pem: crl } = await makeCrl({ ca, revoked, number: 1, now, nextUpdateSeconds: 600 })
      return meet({
        server: { ...server, ca: ca.pem, crl },
        client: { ...client, ca: ca.pem },
      })
    }
    assert.deepEqual(await listing(server.serial), BOTH_GOOD)
    assert.equal((await listing(client.serial)).server, 'CERT_REVOKED')
  })
})

import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { createHmac } from 'node:crypto'
import { ConfigError } from '../../../core/errors.ts'
import { Secret } from '../../../core/secret.ts'
import { requestView, type RequestParts } from '../../../testing/request.ts'
import { thumbprintOf } from '../denial.ts'
import type { ProxyProof } from './proof.ts'
import { certificateReader } from './proxy.ts'

const NOW = 1_700_000_000
const SECRET = 'k'.repeat(32)
const OLD = 'o'.repeat(32)
const CERT = ['client-cert', ':AAEC:'] as const
const PROXY = { der: Uint8Array.of(1), chain: [] }
const OTHER = { der: Uint8Array.of(2), chain: [Uint8Array.of(1)] }

/** What is read: a certificate, none, or why it is refused; and whether there was one to refuse. */
async function read(proof: ProxyProof, parts: RequestParts): Promise<string> {
  const reader = certificateReader({ dialect: 'rfc9440', proof })
  const request = { view: requestView(parts), now: NOW, trace: undefined }
  const found = await reader.read(request)
  const said = found.ok ? (found.value === undefined ? 'none' : 'read') : found.error
  assert.equal(reader.finds(request), said !== 'none')
  return said
}

describe('a proxy that proves itself by a unix socket (SR-303)', () => {
  const proof = { unixSocket: true } as const
  it('is believed on one, and nowhere else', async () => {
    const headers = [CERT]
    assert.equal(await read(proof, { headers, unixSocket: true }), 'read')
    assert.equal(await read(proof, { headers, unixSocket: false }), 'none')
    assert.equal(await read(proof, { headers }), 'none')
  })
})

describe('a proxy that proves itself by its certificate (SR-303)', () => {
  it('is believed with one of the pinned ones; chains prove nothing', async () => {
    const thumbprints = ['A'.repeat(43), await thumbprintOf(PROXY.der)]
    const proof = { certificate: { thumbprints } }
    const headers = [CERT]
    assert.equal(await read(proof, { headers, peerCertificate: PROXY }), 'read')
    assert.equal(await read(proof, { headers, peerCertificate: OTHER }), 'mtls.proxy-unproven')
    assert.equal(await read(proof, { headers }), 'none')
    assert.equal(await read(proof, { peerCertificate: PROXY }), 'none')
  })
})

describe('a proxy that proves itself by a stamp (SR-303)', () => {
  const proof = { field: 'x-proof', hmacSecrets: [new Secret(OLD), new Secret(SECRET)] }
  const honest = `GET api.example.test /orders?page=1 ${CERT[1]} `
  const stamp = (at: number, signed = honest, key = SECRET): string =>
    `${at}.${createHmac('sha256', key).update(`${at} ${signed}`).digest('hex')}`
  const sent = (...values: readonly string[]): RequestParts => ({
    target: '/orders?page=1',
    headers: [CERT, ...values.map((value) => ['x-proof', value] as const)],
  })
  const good = stamp(NOW)
  const UNPROVEN = 'mtls.proxy-unproven'
  const rows: readonly (readonly [string, RequestParts, string])[] = [
    ['of now', sent(good), 'read'],
    ['in capitals, as HAProxy writes', sent(good.toUpperCase()), 'read'],
    ['with an older secret', sent(stamp(NOW, honest, OLD)), 'read'],
    ['at the end of its life', sent(stamp(NOW - 30)), 'read'],
    ['after it', sent(stamp(NOW - 31)), 'none'],
    ['from the future', sent(stamp(NOW + 31)), 'none'],
    ['with another secret', sent(stamp(NOW, honest, 'x'.repeat(32))), UNPROVEN],
    ['for another method', { ...sent(good), method: 'POST' }, UNPROVEN],
    ['for another host', { ...sent(good), authority: 'other.test' }, UNPROVEN],
    ['for another target', { ...sent(good), target: '/orders?page=2' }, UNPROVEN],
    ['for another certificate', sent(stamp(NOW, honest.replace(':AAEC:', ':AAED:'))), UNPROVEN],
    [
      'without the chain that is beside it',
      { ...sent(good), headers: [...(sent(good).headers ?? []), ['client-cert-chain', ':AAED:']] },
      UNPROVEN,
    ],
    ['whose time was changed', sent(good.replace(`${NOW}`, `${NOW + 1}`)), UNPROVEN],
    ['twice', sent(good, good), 'none'],
    ['cut short', sent(good.slice(0, -1)), 'none'],
    ['absent', sent(), 'none'],
  ]
  for (const [name, parts, expected] of rows) {
    it(`a stamp ${name}: ${expected}`, async () => assert.equal(await read(proof, parts), expected))
  }
})

describe('proofs that prove nothing', () => {
  const field = 'x-proof'
  const hmacSecrets = [new Secret(SECRET)]
  const bad: readonly unknown[] = [
    {},
    { unixSocket: false },
    { unixSocket: true, field, secrets: hmacSecrets },
    { certificate: { thumbprints: [] } },
    { certificate: { thumbprints: ['ab:cd'] } },
    { field, hmacSecrets: [] },
    { field, hmacSecrets: [new Secret('short')] },
    { field: 'X-Proof', hmacSecrets },
    { field, hmacSecrets, maxAgeSeconds: 0 },
    { field, hmacSecrets, maxAgeSeconds: 3600 },
    { field, hmacSecrets, maxAgeSeconds: Number.NaN },
  ]
  for (const proof of bad) {
    it(`are refused at construction: ${Object.keys(proof as object).join()}`, () => {
      // A JavaScript caller can pass anything.
      const origin = { dialect: 'rfc9440', proof: proof as ProxyProof } as const
      assert.throws(() => certificateReader(origin), ConfigError)
    })
  }
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OctetString } from '@peculiar/asn1-schema'
import { Extension } from '@peculiar/asn1-x509'
import { parseCertificate, type Certificate } from './certificate.ts'
import { parseCrl, type Crl } from './crl.ts'
import { mintCrl, type CrlPlan } from '../testing/x509/crl.ts'
import { mintCertificate, type Minted } from '../testing/x509/certificate.ts'
import type { PathError } from './path-error.ts'
import { validatePath } from './path.ts'
import type { CrlPolicy } from './revocation.ts'

const NOW = 1_790_000_000
const SERIAL = Uint8Array.of(0x7f, 1)

const read = ({ der }: Minted): Certificate => {
  const parsed = parseCertificate(der)
  assert.ok(parsed.ok)
  return parsed.value
}

const list = async (plan: Partial<CrlPlan> & Pick<CrlPlan, 'issuer'>): Promise<Crl> => {
  const parsed = parseCrl(await mintCrl({ thisUpdate: NOW - 60, nextUpdate: NOW + 60, ...plan }))
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error)
  return parsed.value
}

const root = await mintCertificate({ subject: 'root', authority: {} })
const stranger = await mintCertificate({ subject: 'root', authority: {} })
const leaf = read(await mintCertificate({ issuer: root, serial: SERIAL }))
const ACCEPT: CrlPolicy = { missing: 'accept', stale: 'accept' }

async function outcome(
  crls: readonly Crl[],
  crlPolicy?: CrlPolicy,
): Promise<PathError | 'accepted'> {
  const valid = await validatePath({
    leaf,
    anchors: [read(root)],
    intermediates: [],
    at: NOW,
    purpose: 'client',
    crls,
    ...(crlPolicy && { crlPolicy }),
  })
  return valid.ok ? 'accepted' : valid.error.reason
}

test('a certificate that is on the list of its issuer is refused, and another is not', async () => {
  assert.equal(await outcome([await list({ issuer: root, revoked: [SERIAL] })]), 'revoked')
  const other = [Uint8Array.of(1), Uint8Array.of(0x7f)]
  assert.equal(await outcome([await list({ issuer: root, revoked: other })]), 'accepted')
})

test('without a list of the issuer nothing is accepted, unless the policy says so', async () => {
  const foreign = await list({ issuer: { subject: 'other', key: stranger.key } })
  assert.equal(await outcome([]), 'crl-missing')
  assert.equal(await outcome([foreign]), 'crl-missing')
  assert.equal(await outcome([foreign], ACCEPT), 'accepted')
})

test('a stale list refuses, unless the policy says so, and still revokes', async () => {
  const stale = { issuer: root, thisUpdate: NOW - 120, nextUpdate: NOW - 1 }
  assert.equal(await outcome([await list(stale)]), 'crl-stale')
  assert.equal(await outcome([await list(stale)], ACCEPT), 'accepted')
  assert.equal(await outcome([await list({ ...stale, revoked: [SERIAL] })], ACCEPT), 'revoked')
})

test('a list of the future is no list yet', async () => {
  const early = await list({ issuer: root, thisUpdate: NOW + 1, nextUpdate: NOW + 60 })
  assert.equal(await outcome([early]), 'crl-missing')
})

test('the newest list decides, whatever the order', async () => {
  const old = await list({ issuer: root, thisUpdate: NOW - 120 })
  const revoking = await list({ issuer: root, revoked: [SERIAL] })
  assert.equal(await outcome([old, revoking]), 'revoked')
  assert.equal(await outcome([revoking, old]), 'revoked')
})

test('a list that somebody else signed in the name of the issuer does not count', async () => {
  const forged = await list({ issuer: stranger })
  assert.equal(await outcome([forged], ACCEPT), 'crl-invalid')
  const genuine = await list({ issuer: root, thisUpdate: NOW - 90, revoked: [SERIAL] })
  assert.equal(await outcome([forged, genuine]), 'revoked')
})

test('a list that has no number, no end, or something critical is not read', async () => {
  const critical = new Extension({
    extnID: '2.5.29.28',
    critical: true,
    extnValue: new OctetString(Uint8Array.of(48, 0)),
  })
  const plan = { issuer: root, thisUpdate: NOW, nextUpdate: NOW + 60 }
  for (const broken of [
    { ...plan, numbered: false },
    { ...plan, nextUpdate: undefined },
    { ...plan, more: [critical] },
  ]) {
    assert.ok(!parseCrl(await mintCrl(broken)).ok)
  }
})

test('a list of ten thousand serial numbers is read', async () => {
  const revoked = Array.from({ length: 10_000 }, (_, index) =>
    Uint8Array.of(0x10, index >> 8, index & 0xff),
  )
  assert.equal((await list({ issuer: root, revoked })).revoked.size, 10_000)
})

test('no byte of a list can be flipped', async () => {
  const der = await mintCrl({ issuer: root, thisUpdate: NOW - 60, nextUpdate: NOW + 60 })
  for (let index = 0; index < der.length; index += 1) {
    const parsed = parseCrl(der.with(index, (der[index] ?? 0) ^ (1 << (index % 8))))
    // oxlint-disable-next-line no-await-in-loop -- one after the other names the byte
    if (parsed.ok) assert.notEqual(await outcome([parsed.value]), 'accepted', `${index}`)
  }
})

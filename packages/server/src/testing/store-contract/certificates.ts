import assert from 'node:assert/strict'
import type { CredentialRecord } from '../../model/records.ts'
import type { Store } from '../../model/store.ts'
import { conflict, type Guarantees } from './harness.ts'
import {
  NOW,
  sampleAuthority,
  sampleCertificate,
  sampleCredential,
  samplePrincipal,
} from './records.ts'

const CA = sampleAuthority().id

/** One principal with an API key, and certificates that began with it. */
async function seed(store: Store, ...serials: readonly string[]): Promise<void> {
  await store.principals.insert(samplePrincipal())
  await store.credentials.insert(sampleCredential())
  for (const serial of serials) await store.credentials.insert(sampleCertificate(serial))
}

const retire = (at: Store, since: number): Promise<boolean> =>
  at.certificateAuthorities.transition(CA, 'active', { state: 'retiring', since })

async function serialsOf(store: Store, expiresAfter = NOW): Promise<ReadonlySet<string>> {
  const listed = await store.certificateAuthorities.revoked(CA, expiresAfter)
  return new Set(listed.map(({ serial }) => serial))
}

function withOtherRoot(serial: string, whose: Partial<CredentialRecord>): CredentialRecord {
  const { certificate } = sampleCertificate(serial)
  assert.ok(certificate)
  const root = { ...certificate.root, id: 'another' }
  return sampleCertificate(serial, { ...whose, certificate: { ...certificate, root } })
}

/** What CAs promise, and the certificates of one. */
export const certificateGuarantees: Guarantees = {
  'a CA comes back as it was stored': async ({ store }) => {
    await store.certificateAuthorities.insert(sampleAuthority())
    await store.certificateAuthorities.insert(sampleAuthority({ id: 'ca-2', state: 'planned' }))
    assert.deepEqual(await store.certificateAuthorities.list('default'), [
      sampleAuthority(),
      sampleAuthority({ id: 'ca-2', state: 'planned' }),
    ])
    assert.deepEqual(await store.certificateAuthorities.list('acme'), [])
    await assert.rejects(store.certificateAuthorities.insert(sampleAuthority()), conflict('unique'))
  },

  'of two that move a CA one wins, also in two processes': async (fixture) => {
    const { store } = fixture
    const other = (await fixture.again?.()) ?? store
    await store.certificateAuthorities.insert(sampleAuthority())
    const won = await Promise.all([retire(store, NOW + 1), retire(other, NOW + 2)])
    assert.equal(won.filter(Boolean).length, 1)
    const [record] = await store.certificateAuthorities.list('default')
    assert.equal(record?.state, 'retiring')
    assert.equal(record.since, won[0] ? NOW + 1 : NOW + 2)
    if (other !== store) await other.close()
  },

  'the sequence grows by every change of the set, and by nothing else': async ({ store }) => {
    const { certificateAuthorities: authorities } = store
    assert.equal(await authorities.sequence(), 0)
    await authorities.insert(sampleAuthority())
    assert.equal(await authorities.sequence(), 1)
    assert.equal(await authorities.transition(CA, 'planned', { state: 'active' }), false)
    assert.equal(await authorities.transition(CA, 'active', {}), false)
    const resealed = { sealedPrivateKey: 'again', kekVersion: 2 }
    assert.equal(await authorities.transition(CA, 'active', resealed), true)
    assert.equal(await authorities.sequence(), 1)
    assert.equal(await authorities.transition(CA, 'active', { state: 'retiring' }), true)
    assert.equal(await authorities.sequence(), 2)
  },

  'no two lists have one number': async ({ store }) => {
    const numbers = await Promise.all([
      store.certificateAuthorities.nextListNumber(),
      store.certificateAuthorities.nextListNumber(),
    ])
    assert.deepEqual(new Set(numbers), new Set([1, 2]))
  },

  'a certificate comes back with what it is': async ({ store }) => {
    await seed(store, '01AA')
    const { id } = sampleCertificate('01AA')
    assert.deepEqual(await store.credentials.find(id), sampleCertificate('01AA'))
  },

  'a revoked certificate is listed until it has expired, with its reason': async ({ store }) => {
    await seed(store, '01AA', '01BB')
    await store.credentials.revoke(sampleCertificate('01AA').id, NOW + 5, 'keyCompromise')
    assert.deepEqual(await store.certificateAuthorities.revoked(CA, NOW), [
      { serial: '01AA', revokedAt: NOW + 5, reason: 'keyCompromise' },
    ])
    const { expiresAt } = sampleCertificate('01AA')
    assert.deepEqual(await serialsOf(store, expiresAt ?? 0), new Set())
    assert.deepEqual(await store.certificateAuthorities.revoked('another', NOW), [])
  },

  'a certificate is listed with its principal, its tenant and its root': async ({ store }) => {
    await store.tenants.insert({ id: 'acme', name: 'Acme', createdAt: NOW, revokedAt: null })
    await seed(store, '01AA')
    await store.principals.insert(samplePrincipal({ id: 'svc_two' }))
    await store.principals.insert(samplePrincipal({ tenant: 'acme', id: 'svc_three' }))
    await store.credentials.insert(withOtherRoot('01BB', { principalId: 'svc_two' }))
    const elsewhere = { tenant: 'acme', principalId: 'svc_three' }
    await store.credentials.insert(withOtherRoot('01CC', elsewhere))
    assert.deepEqual(await serialsOf(store), new Set())
    await store.credentials.revoke(sampleCredential().id, NOW, 'leaked')
    assert.deepEqual(await serialsOf(store), new Set(['01AA']))
    await store.principals.revoke('default', 'svc_two', NOW)
    assert.deepEqual(await serialsOf(store), new Set(['01AA', '01BB']))
    await store.tenants.revoke('acme', NOW)
    assert.deepEqual(await serialsOf(store), new Set(['01AA', '01BB', '01CC']))
  },

  'live certificates are counted, and those that expired long ago go': async ({ store }) => {
    const { certificateAuthorities: authorities } = store
    await seed(store, '01AA', '01BB', '01CC')
    await store.credentials.revoke(sampleCertificate('01AA').id, NOW, 'x')
    assert.deepEqual([...(await authorities.countLive(NOW))], [[CA, 2]])
    const { expiresAt } = sampleCertificate('01AA')
    assert.deepEqual([...(await authorities.countLive(expiresAt ?? 0))], [])
    assert.equal(await authorities.sweep(expiresAt ?? 0, 10), 0)
    assert.equal(await authorities.sweep((expiresAt ?? 0) + 1, 2), 2)
    assert.equal(await authorities.sweep((expiresAt ?? 0) + 1, 2), 1)
    assert.deepEqual(
      (await store.credentials.listOf('default', 'svc_one')).map(({ kind }) => kind),
      ['api_key'],
    )
  },
}

import assert from 'node:assert/strict'
import { completeClient } from '../../model/client-settings.ts'
import type { RegistrationRecord } from '../../model/registration.ts'
import type { Store } from '../../model/store.ts'
import type { Guarantees } from './harness.ts'
import { NOW, sampleCredential, sampleGrant, samplePrincipal } from './records.ts'

const sample = (given: Partial<RegistrationRecord> = {}): RegistrationRecord => ({
  tenant: 'default',
  clientId: 'cli_one',
  tokenId: 'token0000001',
  digest: 'ZGlnZXN0',
  pepperVersion: 1,
  createdAt: NOW,
  ...given,
})

async function register(store: Store, clientId: string): Promise<void> {
  const client = completeClient({ origin: 'registration' })
  await store.principals.insert(samplePrincipal({ id: clientId, kind: 'client', client }))
  await store.registrations.insert(sample({ clientId }))
}

/** Guarantees of {@link Store.registrations}. */
export const registrationGuarantees: Guarantees = {
  'a registration is found by its client, in its tenant': async ({ store }) => {
    await register(store, 'cli_one')
    assert.deepEqual(await store.registrations.find('default', 'cli_one'), sample())
    assert.equal(await store.registrations.find('default', 'cli_two'), undefined)
    assert.equal(await store.registrations.find('other', 'cli_one'), undefined)
  },

  'they are counted as far as is asked': async ({ store }) => {
    for (const id of ['cli_a', 'cli_b', 'cli_c']) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await register(store, id)
    }
    assert.equal(await store.registrations.count('default', 10), 3)
    assert.equal(await store.registrations.count('default', 2), 2)
    assert.equal(await store.registrations.count('other', 10), 0)
  },

  'a token is replaced once': async ({ store }) => {
    await register(store, 'cli_one')
    const name = { tenant: 'default', clientId: 'cli_one', tokenId: 'token0000001' }
    const next = { tokenId: 'token0000002', digest: 'bmV3', pepperVersion: 2 }
    assert.equal(await store.registrations.replaceToken(name, next), true)
    assert.equal(await store.registrations.replaceToken(name, next), false)
    assert.deepEqual(await store.registrations.find('default', 'cli_one'), sample(next))
  },

  'what nobody uses is listed; grants, consents and used secrets are uses': async ({ store }) => {
    const ids = ['cli_new', 'cli_granted', 'cli_agreed', 'cli_used', 'cli_ended']
    for (const id of ids) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await register(store, id)
    }
    await store.tokens.insertGrant(sampleGrant({ clientId: 'cli_granted' }))
    const consent = { tenant: 'default', principalId: 'usr_1', scopes: [], audiences: [] }
    const times = { createdAt: NOW, updatedAt: NOW, expiresAt: null, revokedAt: null }
    await store.consents.put({ ...consent, ...times, clientId: 'cli_agreed' })
    await store.consents.put({ ...consent, ...times, clientId: 'cli_ended' })
    await store.principals.revoke('default', 'cli_ended', NOW)
    const secret = { principalId: 'cli_used', kind: 'client_secret', lastUsedAt: NOW + 50 } as const
    await store.credentials.insert(sampleCredential(secret))
    const unused = await store.registrations.listUnused(NOW + 1, 10)
    assert.deepEqual(unused.map(({ clientId }) => clientId).toSorted(), ['cli_ended', 'cli_new'])
    assert.equal((await store.registrations.listUnused(NOW + 1, 1)).length, 1)
    assert.deepEqual(await store.registrations.listUnused(NOW, 10), [])
  },

  'one that is removed takes its client and its secrets with it': async ({ store }) => {
    await register(store, 'cli_one')
    await store.credentials.insert(sampleCredential({ principalId: 'cli_one' }))
    await store.registrations.remove({ tenant: 'default', clientId: 'cli_one' })
    assert.equal(await store.registrations.find('default', 'cli_one'), undefined)
    assert.equal(await store.principals.find('default', 'cli_one'), undefined)
    assert.equal(await store.credentials.find('key000000001'), undefined)
  },
}

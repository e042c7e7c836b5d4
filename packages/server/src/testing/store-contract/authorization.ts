import assert from 'node:assert/strict'
import type { ArtefactRecord, ConsentRecord, SessionRecord } from '../../model/authorization.ts'
import type { Store } from '../../model/store.ts'
import { conflict, type Guarantees, type StoreFixture } from './harness.ts'
import { NOW, sampleGrant, sampleToken } from './records.ts'

const sampleArtefact = (given: Partial<ArtefactRecord> = {}): ArtefactRecord => ({
  tenant: 'default',
  id: 'code00000001',
  kind: 'code',
  digest: 'ZGlnZXN0',
  pepperVersion: 1,
  clientId: 'cli_one',
  principalId: null,
  grantId: null,
  lookup: null,
  data: { redirectUri: 'https://app.example/cb', list: [1, null, 'ü'] },
  sealedResponse: null,
  createdAt: NOW,
  expiresAt: NOW + 60,
  consumedAt: null,
  ...given,
})

const sampleSession = (given: Partial<SessionRecord> = {}): SessionRecord => ({
  tenant: 'default',
  id: 'ses_1',
  digest: 'ZGlnZXN0',
  pepperVersion: 1,
  principalId: 'usr_1',
  authentication: { at: NOW, amr: ['pwd'], acr: '1' },
  label: 'Firefox on Linux',
  createdAt: NOW,
  lastSeenAt: NOW,
  expiresAt: NOW + 3600,
  revokedAt: null,
  ...given,
})

const sampleConsent = (given: Partial<ConsentRecord> = {}): ConsentRecord => ({
  tenant: 'default',
  principalId: 'usr_1',
  clientId: 'cli_one',
  scopes: ['orders:read'],
  audiences: ['https://api.example'],
  createdAt: NOW,
  updatedAt: NOW,
  expiresAt: null,
  revokedAt: null,
  ...given,
})

/** Runs one claim 60 times at once, through two openings of the database where that can be. */
async function race(
  { store, again }: StoreFixture,
  claim: (store: Store, index: number) => Promise<boolean>,
): Promise<readonly number[]> {
  const other = await again?.()
  const claims = Array.from({ length: 60 }, (_, index) =>
    claim(index % 2 === 0 ? store : (other ?? store), index),
  )
  const won = (await Promise.all(claims)).flatMap((one, index) => (one ? [index] : []))
  await other?.close()
  return won
}

/** What single-use artefacts promise. */
export const artefactGuarantees: Guarantees = {
  'an artefact comes back as it was stored': async ({ store }) => {
    const full = sampleArtefact({ id: 'x', principalId: 'u', grantId: 'g', lookup: 'l' })
    for (const record of [sampleArtefact(), full]) {
      await store.artefacts.insert(record)
      assert.deepEqual(await store.artefacts.find(record.id), record)
    }
    await assert.rejects(store.artefacts.insert(full), conflict('unique'))
  },

  'of many who use it up exactly one wins, and keeps its response (SR-015)': async (fixture) => {
    const { store } = fixture
    await store.artefacts.insert(sampleArtefact())
    const won = await race(fixture, (one, index) =>
      one.artefacts.consume('code00000001', NOW + 1, { sealedResponse: `r${index}` }),
    )
    assert.equal(won.length, 1)
    const used = await store.artefacts.find('code00000001')
    assert.deepEqual([used?.consumedAt, used?.sealedResponse], [NOW + 1, `r${won[0] ?? -1}`])
    assert.equal(await store.artefacts.keep('code00000001', NOW + 1, {}), false)
    const decision = { principalId: 'u', grantId: null, data: {} }
    assert.equal(await store.artefacts.decide('code00000001', NOW + 1, decision), false)
  },

  'at the second of its expiry nothing can be done with it': async ({ store }) => {
    await store.artefacts.insert(sampleArtefact())
    const decision = { principalId: 'u', grantId: null, data: {} }
    assert.equal(await store.artefacts.consume('code00000001', NOW + 60), false)
    assert.equal(await store.artefacts.decide('code00000001', NOW + 60, decision), false)
    assert.equal(await store.artefacts.keep('code00000001', NOW + 60, {}), false)
    assert.equal(await store.artefacts.keep('code00000001', NOW + 59, { a: 1 }), true)
    assert.deepEqual((await store.artefacts.find('code00000001'))?.data, { a: 1 })
  },

  'of many who decide exactly one wins; the decided one can be used up once': async (fixture) => {
    const { store } = fixture
    await store.artefacts.insert(sampleArtefact({ kind: 'device-code', lookup: 'user-code' }))
    const won = await race(fixture, (one, index) =>
      one.artefacts.decide('code00000001', NOW + 1, {
        principalId: `usr_${index}`,
        grantId: `g${index}`,
        data: { decided: index },
      }),
    )
    assert.equal(won.length, 1)
    const decided = await store.artefacts.find('code00000001')
    assert.deepEqual(decided?.data, { decided: won[0] })
    assert.equal(decided?.grantId, `g${won[0] ?? -1}`)
    assert.equal(await store.artefacts.consume('code00000001', NOW + 2), true)
    assert.equal((await store.artefacts.find('code00000001'))?.grantId, `g${won[0] ?? -1}`)
  },

  'a second name is unique among the living of a tenant and kind': async ({ store }) => {
    const kind = 'device-code'
    await store.artefacts.insert(sampleArtefact({ kind, lookup: 'l' }))
    const twin = sampleArtefact({ id: 'twin', kind, lookup: 'l' })
    await assert.rejects(store.artefacts.insert(twin), conflict('unique'))
    const found = async () => (await store.artefacts.findByLookup('default', kind, 'l'))?.id
    assert.equal(await found(), 'code00000001')
    assert.equal(await store.artefacts.findByLookup('acme', kind, 'l'), undefined)
    assert.equal(await store.artefacts.findByLookup('default', 'code', 'l'), undefined)
    await store.artefacts.consume('code00000001', NOW + 1)
    assert.equal(await found(), undefined)
    await store.artefacts.insert(twin)
    assert.equal(await found(), 'twin')
  },

  'a sweep takes what expired, at most as many as told': async ({ store }) => {
    for (const id of ['a', 'b', 'c'])
      await store.artefacts.insert(sampleArtefact({ id, expiresAt: NOW - 1 }))
    await store.artefacts.insert(sampleArtefact({ expiresAt: NOW }))
    assert.equal(await store.artefacts.sweep(NOW, 2), 2)
    assert.equal(await store.artefacts.sweep(NOW, 2), 1)
    assert.notEqual(await store.artefacts.find('code00000001'), undefined)
  },
}

/** What grants promise beside their tokens. */
export const grantGuarantees: Guarantees = {
  'of many who claim a refresh token exactly one wins (SR-022)': async (fixture) => {
    const { store } = fixture
    await store.tokens.insert(sampleToken({ id: 'r', kind: 'refresh', expiresAt: NOW + 60 }))
    await store.tokens.insert(sampleToken({ id: 'a', kind: 'access', expiresAt: NOW + 60 }))
    assert.equal(await store.tokens.claim('r', NOW + 60, 'late'), false)
    assert.equal(await store.tokens.claim('a', NOW, 'no refresh token'), false)
    const won = await race(fixture, (one, index) => one.tokens.claim('r', NOW + 1, `s${index}`))
    assert.equal(won.length, 1)
    const claimed = await store.tokens.find('r')
    assert.deepEqual(
      [claimed?.state, claimed?.claimedAt, claimed?.sealedSuccessor],
      ['claimed', NOW + 1, `s${won[0] ?? -1}`],
    )
  },

  'living grants are listed by person, client and session, newest first': async ({ store }) => {
    const grants = [
      sampleGrant({ id: 'g1', principalId: 'u1', clientId: 'c1', sessionId: 's1', createdAt: 1 }),
      sampleGrant({ id: 'g2', principalId: 'u1', clientId: 'c2', sessionId: null, createdAt: 2 }),
      sampleGrant({ id: 'g3', principalId: 'u2', clientId: 'c1', sessionId: 's1', createdAt: 3 }),
    ]
    for (const grant of grants) await store.tokens.insertGrant(grant)
    const tenant = 'default'
    const listed = async (query: Parameters<Store['tokens']['listGrants']>[0]) =>
      (await store.tokens.listGrants(query)).map(({ id }) => id)
    assert.deepEqual(await listed({ tenant, principalId: 'u1' }), ['g2', 'g1'])
    assert.deepEqual(await listed({ tenant, principalId: 'u1', clientId: 'c1' }), ['g1'])
    assert.deepEqual(await listed({ tenant, sessionId: 's1' }), ['g3', 'g1'])
    assert.deepEqual(await listed({ tenant: 'acme', clientId: 'c1' }), [])
    await store.tokens.revokeGrant(tenant, 'g1', NOW)
    assert.deepEqual(await listed({ tenant, clientId: 'c1' }), ['g3'])
  },

  'a sweep takes grants that are over, and no other': async ({ store }) => {
    await store.tokens.insertGrant(sampleGrant({ id: 'ends', expiresAt: NOW - 1 }))
    await store.tokens.insertGrant(sampleGrant({ id: 'revoked', expiresAt: null }))
    await store.tokens.insertGrant(sampleGrant({ id: 'lives', expiresAt: null }))
    await store.tokens.revokeGrant('default', 'revoked', NOW - 1)
    assert.equal(await store.tokens.sweepGrants(NOW, 1), 1)
    assert.equal(await store.tokens.sweepGrants(NOW, 9), 1)
    assert.notEqual(await store.tokens.findGrant('default', 'lives'), undefined)
  },
}

/** What browser sessions promise. */
export const sessionGuarantees: Guarantees = {
  'a session comes back as it was stored, and is listed while it lives': async ({ store }) => {
    await store.sessions.insert(sampleSession())
    await store.sessions.insert(sampleSession({ id: 'ses_2' }))
    await store.sessions.insert(sampleSession({ id: 'other', principalId: 'usr_2' }))
    assert.deepEqual(await store.sessions.find('ses_1'), sampleSession())
    const listed = async (now: number) =>
      (await store.sessions.listOf('default', 'usr_1', now)).map(({ id }) => id)
    assert.deepEqual(await listed(NOW), ['ses_2', 'ses_1'])
    assert.deepEqual(await listed(NOW + 3600), [])
    assert.equal(await store.sessions.revoke('ses_2', NOW), true)
    assert.equal(await store.sessions.revoke('ses_2', NOW), false)
    assert.deepEqual(await listed(NOW), ['ses_1'])
  },

  'use and authentication are noted, and bring no session back': async ({ store }) => {
    await store.sessions.insert(sampleSession())
    const use = { lastSeenAt: NOW + 9, expiresAt: NOW + 9999 }
    const renewal = {
      authentication: { at: NOW + 9, amr: ['pwd', 'otp'] },
      digest: 'another',
      pepperVersion: 2,
      ...use,
    }
    assert.equal(await store.sessions.touch('ses_1', use), true)
    assert.equal(await store.sessions.authenticate('ses_1', renewal), true)
    assert.deepEqual(await store.sessions.find('ses_1'), sampleSession(renewal))
    await store.sessions.revoke('ses_1', NOW)
    assert.equal(await store.sessions.touch('ses_1', use), false)
    assert.equal(await store.sessions.authenticate('ses_1', renewal), false)
  },

  'a sweep takes sessions that are over, and no other': async ({ store }) => {
    await store.sessions.insert(sampleSession({ id: 'ended', expiresAt: NOW - 1 }))
    await store.sessions.insert(sampleSession({ id: 'revoked', revokedAt: NOW - 1 }))
    await store.sessions.insert(sampleSession())
    assert.equal(await store.sessions.sweep(NOW, 1), 1)
    assert.equal(await store.sessions.sweep(NOW, 9), 1)
    assert.notEqual(await store.sessions.find('ses_1'), undefined)
  },
}

/** What consents promise. */
export const consentGuarantees: Guarantees = {
  'there is one consent for a person and a client, and the last word counts': async ({ store }) => {
    const find = () => store.consents.find('default', 'usr_1', 'cli_one')
    await store.consents.put(sampleConsent())
    assert.deepEqual(await find(), sampleConsent())
    const later = { scopes: ['a', 'b'], audiences: [], updatedAt: NOW + 5, expiresAt: NOW + 50 }
    await store.consents.put(sampleConsent({ ...later, createdAt: NOW + 5 }))
    assert.deepEqual(await find(), sampleConsent(later))
    assert.equal(await store.consents.revoke(sampleConsent(), NOW + 6), true)
    assert.equal(await store.consents.revoke(sampleConsent(), NOW + 7), false)
    assert.equal((await find())?.revokedAt, NOW + 6)
    await store.consents.put(sampleConsent({ createdAt: NOW + 8, updatedAt: NOW + 8 }))
    assert.deepEqual(await find(), sampleConsent({ createdAt: NOW + 8, updatedAt: NOW + 8 }))
  },

  'consents are listed by person and by client, in pages': async ({ store }) => {
    for (const clientId of ['c1', 'c2', 'c3']) await store.consents.put(sampleConsent({ clientId }))
    await store.consents.put(sampleConsent({ clientId: 'c1', principalId: 'usr_2' }))
    const tenant = 'default'
    const first = await store.consents.list({ tenant, principalId: 'usr_1', limit: 2 })
    const [{ clientId } = { clientId: '' }] = first.items
    assert.deepEqual([first.items.length, clientId], [2, 'c3'])
    const cursor = first.cursor ?? ''
    const rest = await store.consents.list({ tenant, principalId: 'usr_1', limit: 2, cursor })
    assert.deepEqual([rest.items.length, rest.cursor], [1, null])
    const ofClient = await store.consents.list({ tenant, clientId: 'c1', limit: 9 })
    assert.equal(ofClient.items.length, 2)
  },
}

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { Secret } from 'countersign'
import type { Store } from '../model/store.ts'
import { openSqlite } from '../stores/sqlite/index.ts'
import { handClock, type HandClock } from '../testing/authority.ts'
import { publishSeconds, resolveSigningRules, retireSeconds, type SigningRules } from './rules.ts'
import type { KekRing } from './seal.ts'
import { signingKeys, type ManagedSigningKeys } from './signing-keys.ts'

const RULES = resolveSigningRules()
const TENANT = 'default'
const kek = (): Secret => new Secret(randomBytes(32).toString('base64url'))

interface Bench {
  readonly store: Store
  readonly clock: HandClock
  readonly keks: KekRing
  readonly keys: ManagedSigningKeys
  /** Another process over the same store. */
  readonly another: (keks?: KekRing, rules?: SigningRules) => ManagedSigningKeys
}

async function bench(t: TestContext): Promise<Bench> {
  const store = await openSqlite({ path: ':memory:' })
  t.after(() => store.close())
  const clock = handClock()
  const first: KekRing = new Map([[1, kek()]])
  const another = (keks = first, rules = RULES): ManagedSigningKeys =>
    signingKeys({ store, keks, clock: clock.read, rules })
  return { store, clock, keks: first, keys: another(), another }
}

const kidOf = async (keys: ManagedSigningKeys): Promise<string> => {
  const token = await keys.sign(TENANT, { typ: 'at+jwt' }, {})
  const header: unknown = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())
  assert.ok(typeof header === 'object' && header !== null && 'kid' in header)
  return String(header.kid)
}

const published = async (keys: ManagedSigningKeys): Promise<readonly unknown[]> =>
  (await keys.jwks(TENANT)).keys.map(({ kid }) => kid)

test('makes the first key at its first use and signs with it at once', async (t) => {
  const { keys } = await bench(t)
  const kid = await kidOf(keys)
  assert.deepEqual(await published(keys), [kid])
})

test('processes that start at once agree on one key within a reload', async (t) => {
  const { clock, another } = await bench(t)
  const many = [another(), another(), another()]
  await Promise.all(many.map((keys) => keys.advance(clock.now())))
  clock.pass(RULES.reloadSeconds)
  await Promise.all(many.map((keys) => keys.advance(clock.now())))
  const kids = await Promise.all(many.map(kidOf))
  assert.equal(new Set(kids).size, 1)
})

test('an ordinary rotation publishes first and signs only after every cache has turned over', async (t) => {
  const { clock, keys, another } = await bench(t)
  const other = another()
  const old = await kidOf(keys)
  assert.equal(await kidOf(other), old)
  await keys.rotate(TENANT, { compromised: false, actor: 'test' })
  assert.equal((await published(keys)).length, 2)
  assert.equal(await kidOf(keys), old)
  clock.pass(publishSeconds(RULES) - 1)
  await keys.advance(clock.now())
  assert.equal(await kidOf(keys), old)
  clock.pass(1)
  await keys.advance(clock.now())
  const next = await kidOf(keys)
  assert.notEqual(next, old)
  clock.pass(RULES.reloadSeconds)
  assert.equal(await kidOf(other), next)
  assert.deepEqual(new Set(await published(other)), new Set([old, next]))
  clock.pass(retireSeconds(RULES))
  await keys.advance(clock.now())
  assert.deepEqual(await published(keys), [next])
})

test('a second rotation while one is under way changes nothing', async (t) => {
  const { keys } = await bench(t)
  await kidOf(keys)
  const once = await keys.rotate(TENANT, { compromised: false, actor: 'test' })
  const twice = await keys.rotate(TENANT, { compromised: false, actor: 'test' })
  assert.deepEqual(once, twice)
})

test('a compromised key stops at once, leaves the key set and is revoked on the feed', async (t) => {
  const { store, clock, keys } = await bench(t)
  const token = await keys.sign(TENANT, { typ: 'at+jwt' }, { sub: 'x' })
  assert.ok(await keys.verify(TENANT, token))
  const old = await kidOf(keys)
  await keys.rotate(TENANT, { compromised: true, actor: 'operator' })
  const next = await kidOf(keys)
  assert.notEqual(next, old)
  assert.deepEqual(await published(keys), [next])
  assert.equal(await keys.verify(TENANT, token), undefined)
  const [change, ...more] = await store.changes.after(0, 10)
  assert.deepEqual(
    [change?.kind, change?.subject, change?.issuedBefore, more],
    ['key', old, null, []],
  )
  assert.ok((change?.expiresAt ?? 0) >= clock.now() + RULES.maxTokenSeconds)
  const events = await store.events.scan(0, 10)
  const lost = events.find(({ type }) => type === 'signing-key.compromised')
  assert.deepEqual([lost?.actor, lost?.subject], ['operator', old])
})

test('a new key-encryption key seals everything again, and the old one is needed no more', async (t) => {
  const { store, clock, keks, keys, another } = await bench(t)
  const kid = await kidOf(keys)
  const both: KekRing = new Map([...keks, [2, kek()]])
  await another(both).advance(clock.now())
  const [record] = await store.signingKeys.list(TENANT)
  assert.equal(record?.kekVersion, 2)
  const newest = both.get(2)
  assert.ok(newest !== undefined)
  assert.equal(await kidOf(another(new Map([[2, newest]]))), kid)
})

test('keeps private keys sealed in the store', async (t) => {
  const { store, keys } = await bench(t)
  await kidOf(keys)
  const [record] = await store.signingKeys.list(TENANT)
  assert.match(record?.sealedPrivateJwk ?? '', /^s1\.1\./)
  assert.ok(!JSON.stringify(record).includes('"d"'))
})

test('a change of algorithm takes effect at the next rotation, and both kinds verify meanwhile', async (t) => {
  const { clock, keys, another } = await bench(t)
  const before = await keys.sign(TENANT, { typ: 'at+jwt' }, { sub: 'x' })
  const changed = another(undefined, { ...RULES, algorithm: 'Ed25519' })
  await changed.rotate(TENANT, { compromised: false, actor: 'test' })
  clock.pass(publishSeconds(RULES))
  await changed.advance(clock.now())
  const after = await changed.sign(TENANT, { typ: 'at+jwt' }, { sub: 'x' })
  const [header = ''] = after.split('.')
  assert.match(Buffer.from(header, 'base64url').toString(), /"alg":"Ed25519"/)
  assert.ok(await changed.verify(TENANT, before))
  assert.ok(await changed.verify(TENANT, after))
})

test('does not sign with what it read too long ago: it asks the store, or fails closed', async (t) => {
  const { store, clock, keys } = await bench(t)
  await kidOf(keys)
  await store.close()
  await kidOf(keys)
  clock.pass(RULES.reloadSeconds)
  await assert.rejects(kidOf(keys))
})

test('keeps the keys of tenants apart', async (t) => {
  const { store, keys } = await bench(t)
  await store.tenants.insert({ id: 'acme', name: 'acme', createdAt: 0, revokedAt: null })
  const token = await keys.sign('acme', { typ: 'at+jwt' }, {})
  assert.ok(await keys.verify('acme', token))
  assert.equal(await keys.verify(TENANT, token), undefined)
})

/** The life of CAs on a store, on one node and on two. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { Secret } from 'countersign'
import { plannedSeconds, resolveTrustRules, retiringSeconds } from '../certificates/trust-rules.ts'
import { SYSTEM_ACTOR } from '../credentials/actor.ts'
import { revokeCertificate } from '../credentials/certificates.ts'
import { openSqlite } from '../stores/sqlite/index.ts'
import { apiCaller, type ApiAnswer } from '../testing/api-caller.ts'
import { freshSecrets, handClock, type TestAuthority } from '../testing/authority.ts'
import {
  askFor,
  callerWithCertificate,
  csrText,
  ISSUE,
  issueOver,
  openWithCa,
} from '../testing/certificates.ts'
import { scratchFolder } from '../testing/scratch.ts'
import { FAMILY_TENANT } from './family.ts'
import { resolveCertificates } from './options.ts'
import { storedCertificates } from './stored-certificates.ts'
import { rotateAuthorities } from './succession.ts'

const RULES = resolveTrustRules()
const folder = scratchFolder()
let files = 0

async function open(t: TestContext) {
  const secrets = freshSecrets()
  const at = await openWithCa({ secrets })
  t.after(() => at.close())
  const { certificates } = at.authority
  assert.ok(certificates)
  const settings = resolveCertificates({ trustDomain: 'example.org' })
  const rotate = (compromised = false): Promise<void> =>
    rotateAuthorities(
      { store: at.store, keks: secrets.keks, settings },
      { compromised, actor: 'cli', now: at.clock.now() },
    )
  return { ...at, certificates, secrets, rotate }
}

/** Two authorities over one file, as two processes would be. */
async function openTwo(t: TestContext) {
  files += 1
  const path = join(folder, `${files}.db`)
  const secrets = freshSecrets()
  const clock = handClock()
  const start = async () => {
    const store = await openSqlite({ path })
    const at = await openWithCa({ store, secrets, clock: clock.read })
    t.after(() => at.close())
    return at
  }
  return { left: await start(), right: await start(), clock, secrets }
}

const statesOf = async ({ store }: Pick<TestAuthority, 'store'>): Promise<readonly string[]> =>
  (await store.certificateAuthorities.list(FAMILY_TENANT)).map(({ state }) => state)

const statusOf = async (at: TestAuthority, pem: string): Promise<number> =>
  (await callerWithCertificate(at, pem)('GET', '/v1/certificates')).status

const listOf = async (at: TestAuthority): Promise<Buffer> => {
  const list = await at.authority.certificates?.crl()
  assert.ok(list?.ok)
  return Buffer.from(list.value.crl)
}

test('the first CA signs at once; the private key is sealed to its place', async (t) => {
  const { store, certificates, clock } = await open(t)
  const [record] = await store.certificateAuthorities.list(FAMILY_TENANT)
  assert.equal(record?.state, 'active')
  assert.match(record.sealedPrivateKey, /^s1\.1\./)
  await certificates.advance(clock.now())
  assert.deepEqual(await statesOf({ store }), ['active'])
  assert.equal((await certificates.view()).sequence, 1)
})

test('SR-304: a new CA is told to verifiers before it signs, and the old one after it stopped', async (t) => {
  const at = await open(t)
  const { certificates, clock, rotate } = at
  const caller = await apiCaller(at, [ISSUE])
  const old = await issueOver(caller, { scopes: [ISSUE] })
  await rotate()
  await rotate()
  assert.deepEqual(await statesOf(at), ['active', 'planned'])
  clock.pass(plannedSeconds(RULES) - 1)
  await certificates.advance(clock.now())
  assert.deepEqual(await statesOf(at), ['active', 'planned'])
  clock.pass(1)
  await certificates.advance(clock.now())
  assert.deepEqual(await statesOf(at), ['retiring', 'active'])
  assert.equal((await certificates.view()).sequence, 4)
  const next = await issueOver(caller, { scopes: [ISSUE] })
  assert.deepEqual(
    [await statusOf(at, old.certificate), await statusOf(at, next.certificate)],
    [403, 403],
  )
  clock.pass(retiringSeconds(RULES) + 1)
  await certificates.advance(clock.now())
  assert.deepEqual(await statesOf(at), ['removed', 'active'])
  const [removed] = await at.store.certificateAuthorities.list(FAMILY_TENANT)
  assert.equal(removed?.sealedPrivateKey, '')
  assert.deepEqual(await certificates.crl(removed.id), { ok: false, error: 'no-such-ca' })
})

test('SR-302: what a compromised CA signed is refused at once, and another one signs', async (t) => {
  const at = await open(t)
  const caller = await apiCaller(at, [ISSUE, 'countersign:certificate-authorities:*'])
  const old = await issueOver(caller, { scopes: [ISSUE] })
  let told = 0
  at.certificates.onChange(() => {
    told += 1
  })
  const path = '/v1/certificate-authorities/rotate'
  const answer = await caller('POST', path, { compromised: true })
  assert.equal(answer.status, 200, answer.text)
  assert.deepEqual(await statesOf(at), ['removed', 'active'])
  assert.equal(await statusOf(at, old.certificate), 401)
  const next = await issueOver(caller, { scopes: [ISSUE] })
  assert.equal(await statusOf(at, next.certificate), 403)
  assert.ok(told > 0)
})

test('listeners hear of a revoked certificate, and of nothing that ends none', async (t) => {
  const at = await open(t)
  const caller = await apiCaller(at, [ISSUE])
  const { id } = await issueOver(caller, { scopes: [ISSUE] })
  let told = 0
  const stop = at.certificates.onChange(() => {
    told += 1
  })
  await at.certificates.advance(at.clock.now())
  await issueOver(caller, { scopes: [ISSUE] })
  assert.equal(told, 0)
  await revokeCertificate(at.authority.context, { tenant: 'default', id }, SYSTEM_ACTOR)
  assert.equal(told, 1)
  stop()
  await at.rotate(true)
  await at.certificates.advance(at.clock.now())
  assert.equal(told, 1)
})

test('two nodes that rotate at once make one new CA', async (t) => {
  const { left, right } = await openTwo(t)
  assert.deepEqual(await statesOf(left), ['active'])
  const caller = await apiCaller(left, ['countersign:*'])
  const call = async (at: TestAuthority, compromised: boolean): Promise<Response> =>
    at.authority.fetch(
      new Request('https://auth.example.com/v1/certificate-authorities/rotate', {
        method: 'POST',
        body: JSON.stringify({ compromised }),
        headers: { authorization: `Bearer ${caller.key}`, 'content-type': 'application/json' },
      }),
    )
  const both = await Promise.all([call(left, false), call(right, false)])
  assert.deepEqual(
    both.map(({ status }) => status),
    [200, 200],
  )
  assert.deepEqual(await statesOf(right), ['active', 'planned'])
  await Promise.all([call(left, true), call(right, true)])
  const states = await statesOf(left)
  assert.equal(states.filter((state) => state === 'active').length, 1, states.join())
})

test('a node stops to believe a compromised CA when another one removed it', async (t) => {
  const { left, right } = await openTwo(t)
  const caller = await apiCaller(left, [ISSUE, 'countersign:certificate-authorities:*'])
  const { certificate } = await issueOver(caller, { scopes: [ISSUE] })
  assert.equal(await statusOf(right, certificate), 403)
  const changed = new Promise<void>((resolve) => {
    right.authority.certificates?.onChange(resolve)
  })
  await caller('POST', '/v1/certificate-authorities/rotate', { compromised: true })
  await right.authority.context.revocations.catchUp()
  await changed
  assert.equal(await statusOf(right, certificate), 401)
})

test('a list never forgets, whichever node made it, and its number only grows', async (t) => {
  const { left, right, clock } = await openTwo(t)
  const caller = await apiCaller(left, [ISSUE, 'countersign:certificates:write'])
  const { id, serial } = await issueOver(caller, { scopes: [ISSUE] })
  const before = await listOf(right)
  assert.ok(before.equals(await listOf(right)), 'made once, until something changes')
  assert.equal((await caller('DELETE', `/v1/certificates/${id}`)).status, 204)
  const bytes = Buffer.from(serial, 'hex')
  assert.ok((await listOf(left)).includes(bytes))
  await right.authority.context.revocations.catchUp()
  assert.ok((await listOf(right)).includes(bytes))
  clock.pass(RULES.refreshHintSeconds)
  const again = await listOf(left)
  assert.ok(again.includes(bytes))
  assert.ok(!again.equals(await listOf(right)))
  assert.equal(await left.store.certificateAuthorities.nextListNumber(), 6)
})

test('what was acknowledged is there after a crash, and what was not handed out is harmless', async (t) => {
  const { left, right } = await openTwo(t)
  const caller = await apiCaller(left, [ISSUE])
  // Nobody reads the answer: as if the process had died before it was sent.
  const lost: ApiAnswer = await askFor(caller, { scopes: [ISSUE], csr: csrText() })
  const records = await right.store.credentials.listOf('default', caller.principalId)
  assert.ok(records.some(({ id, kind }) => kind === 'certificate' && id === lost.body['id']))
  assert.equal(await statusOf(right, String(lost.body['certificate'])), 403)
})

test('an older key-encryption key is replaced by the newest one', async (t) => {
  const { store, secrets, clock, authority } = await open(t)
  const newer = new Secret(Buffer.alloc(32, 7).toString('base64url'))
  const keks = new Map([...secrets.keks, [2, newer] as const])
  const settings = resolveCertificates({ trustDomain: 'example.org' })
  const again = storedCertificates({
    ...authority.context,
    secrets: { ...secrets, keks },
    settings,
  })
  await again.advance(clock.now())
  const [record] = await store.certificateAuthorities.list(FAMILY_TENANT)
  assert.match(record?.sealedPrivateKey ?? '', /^s1\.2\./)
  assert.equal((await again.signer()).id, record?.id)
})

test('what was read before a change is not taken for what came after it', async (t) => {
  const { authority, clock, store, rotate } = await open(t)
  const slow = Promise.withResolvers<void>()
  let waits = false
  const list: typeof store.certificateAuthorities.list = async (tenant) => {
    const mine = waits
    waits = false
    const records = await store.certificateAuthorities.list(tenant)
    if (mine) await slow.promise
    return records
  }
  const slowStore = { ...store, certificateAuthorities: { ...store.certificateAuthorities, list } }
  const settings = resolveCertificates({ trustDomain: 'example.org' })
  const certificates = storedCertificates({ ...authority.context, store: slowStore, settings })
  await certificates.advance(clock.now())
  clock.pass(RULES.reloadSeconds)
  waits = true
  const early = certificates.view()
  await new Promise(setImmediate)
  await rotate(true)
  await certificates.authorities()
  slow.resolve()
  await early
  const states = certificates.trust.usage().map(({ state }) => state)
  assert.deepEqual(states, ['removed', 'active'])
  assert.equal((await certificates.view()).sequence, 3)
})

test('a database serves the trust domain that it began with', async (t) => {
  const { authority, clock } = await open(t)
  const settings = resolveCertificates({ trustDomain: 'other.example' })
  const other = storedCertificates({ ...authority.context, settings })
  await assert.rejects(other.advance(clock.now()), /for example\.org/)
})

test('a listener gets a certificate for names of the domains, and is no principal by it', async (t) => {
  const at = await open(t)
  const { chain, privateKey, notAfter } = await at.certificates.issueForServer(['api.example.org'])
  assert.match(privateKey, /PRIVATE KEY/)
  assert.equal(notAfter, at.clock.now() + 86_400 - 60)
  assert.equal(await statusOf(at, chain), 401)
  await assert.rejects(at.certificates.issueForServer(['api.other.example']), /dnsDomains/)
})

test('nothing is believed, issued or listed when the store cannot be read', async (t) => {
  const at = await open(t)
  const caller = await apiCaller(at, [ISSUE])
  const { certificate } = await issueOver(caller, { scopes: [ISSUE] })
  at.clock.pass(RULES.reloadSeconds + 1)
  await at.store.close()
  await assert.rejects(at.certificates.crl())
  assert.equal(await statusOf(at, certificate), 503)
})

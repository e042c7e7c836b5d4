import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { UnavailableError } from './errors.ts'
import {
  assertFresh,
  RevocationSet,
  type Freshness,
  type RevocableFacts,
  type RevocationKind,
} from './revocation.ts'

const NOW = 1_700_000_000
const EXPIRES = NOW + 1000
const FACTS: RevocableFacts = {
  tenant: 'acme',
  tokenId: 'tok',
  grantId: 'gra',
  principalId: 'pri',
  clientId: 'cli',
  credentialId: 'cre',
  keyId: 'kid',
  issuedAt: NOW,
}
const SUBJECTS: readonly (readonly [RevocationKind, string])[] = [
  ['token', 'tok'],
  ['grant', 'gra'],
  ['principal', 'pri'],
  ['client', 'cli'],
  ['credential', 'cre'],
  ['key', 'kid'],
  ['tenant', 'acme'],
]

function holding(...revocations: readonly Parameters<RevocationSet['add']>[0][]): RevocationSet {
  const set = new RevocationSet()
  for (const revocation of revocations) set.add(revocation)
  return set
}

describe('a revocation', () => {
  it('names every kind of subject', () => {
    for (const [kind, subject] of SUBJECTS) {
      const set = holding({ tenant: 'acme', kind, subject, expiresAt: EXPIRES })
      assert.equal(set.find(FACTS)?.kind, kind)
      assert.equal(
        set.find({ tenant: 'acme', issuedAt: NOW })?.kind,
        kind === 'tenant' ? kind : undefined,
      )
    }
  })

  it('never crosses tenants, kinds or similar names', () => {
    for (const [kind, subject] of SUBJECTS) {
      for (const other of [
        { tenant: 'other', kind, subject },
        { tenant: 'acme', kind, subject: `${subject}x` },
        { tenant: 'acme', kind, subject: subject.slice(1) },
      ]) {
        assert.equal(holding({ ...other, expiresAt: EXPIRES }).find(FACTS), undefined)
      }
    }
    const split = holding({ tenant: 'a\u0000b', kind: 'token', subject: 'c', expiresAt: EXPIRES })
    assert.equal(split.find({ tenant: 'a', tokenId: 'b\u0000d' }), undefined)
  })

  it('with a cut-off names what was issued until then', () => {
    const cutOff = {
      tenant: 'acme',
      kind: 'principal',
      subject: 'pri',
      expiresAt: EXPIRES,
    } as const
    for (const [issuedBefore, falls] of [
      [NOW - 1, false],
      [NOW, true],
      [NOW + 1, true],
    ] as const) {
      assert.equal(holding({ ...cutOff, issuedBefore }).find(FACTS) !== undefined, falls)
    }
    const { issuedAt: _, ...undated } = FACTS
    assert.ok(holding({ ...cutOff, issuedBefore: 1 }).find(undated) !== undefined)
  })

  it('stays as wide as the widest that was said of its subject', () => {
    const base = { tenant: 'acme', kind: 'token', subject: 'tok' } as const
    const all = { ...base, expiresAt: EXPIRES }
    const early = { ...base, issuedBefore: NOW - 10, expiresAt: EXPIRES + 50 }
    const late = { ...base, issuedBefore: NOW + 10, expiresAt: EXPIRES - 50 }
    for (const order of [
      [all, early],
      [early, all],
      [early, late],
      [late, early],
      [all, late, early],
    ]) {
      const found = holding(...order).find(FACTS)
      assert.equal(found?.issuedBefore, order.includes(all) ? undefined : NOW + 10)
      assert.ok((found?.expiresAt ?? 0) >= Math.max(...order.map(({ expiresAt }) => expiresAt)))
    }
  })

  it('leaves when everything it names has expired, and not before', () => {
    const set = holding({ tenant: 'acme', kind: 'token', subject: 'tok', expiresAt: EXPIRES })
    set.sweep(EXPIRES)
    assert.equal(set.size, 1)
    set.sweep(EXPIRES + 1)
    assert.equal(set.size, 0)
  })

  it('that finds no room is said out loud, and one for a known subject needs none', () => {
    const set = new RevocationSet(2)
    const base = { tenant: 'acme', kind: 'token', expiresAt: EXPIRES } as const
    set.add({ ...base, subject: 'a', issuedBefore: NOW })
    set.add({ ...base, subject: 'b' })
    assert.equal(set.overflowed, false)
    set.add({ ...base, subject: 'a' })
    assert.deepEqual([set.overflowed, set.size], [false, 2])
    set.add({ ...base, subject: 'c' })
    assert.deepEqual([set.overflowed, set.size], [true, 2])
    set.clear()
    assert.deepEqual([set.overflowed, set.size], [false, 0])
  })
})

const at = (freshness: Freshness) => () =>
  assertFresh({ find: () => undefined, freshness: () => freshness }, NOW)

describe('freshness', () => {
  it('lets nothing be accepted before the feed started or after it was lost (SR-505)', () => {
    at('live')()
    at('stale')()
    assert.throws(at('starting'), UnavailableError)
    assert.throws(at('lost'), UnavailableError)
  })
})

import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { ConfigError, UnavailableError } from './errors.ts'
import { memoryReplay, type MemoryReplayOptions } from './memory-replay.ts'
import type { ClaimOutcome, ReplayClaim, ReplayStore } from './replay.ts'

const NOW = 1_795_499_200
const AGE = 60
const TOLERANCE = 5

const claim = (change: Partial<ReplayClaim> = {}): ReplayClaim => {
  const { signedAt = NOW } = change
  const expiresAt = signedAt + AGE + 2 * TOLERANCE
  const own = { tenant: 'default', credentialId: 'key_1', use: 'u' }
  return { ...own, signedAt, expiresAt, toleranceSeconds: TOLERANCE, ...change }
}

/** A store that began long before: nothing is fenced. */
const open = (options: MemoryReplayOptions = {}): ReplayStore =>
  memoryReplay({ clock: () => (NOW - 3600) * 1000, ...options })

describe('the memory of uses', () => {
  it('lets a use through once (SR-106)', () => {
    const store = open()
    const outcomes = [1, 2, 3].map(() => store.claim(claim(), NOW))
    assert.deepEqual(outcomes, ['claimed', 'replayed', 'replayed'])
  })

  it('has one winner among many at once', async () => {
    const store = open()
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, async () => store.claim(claim(), NOW)),
    )
    assert.equal(outcomes.filter((outcome) => outcome === 'claimed').length, 1)
  })

  for (const [what, change] of [
    ['use', { use: 'v' }],
    ['credential: nobody burns the nonce of another', { credentialId: 'key_2' }],
    ['tenant', { tenant: 'other' }],
    ['cut between tenant and credential', { tenant: 'defaultk', credentialId: 'ey_1' }],
    ['cut between credential and use', { credentialId: 'key_1u', use: '' }],
  ] as const) {
    it(`tells apart another ${what}`, () => {
      const store = open()
      assert.equal(store.claim(claim(), NOW), 'claimed')
      assert.equal(store.claim(claim(change), NOW), 'claimed')
      assert.equal(store.claim(claim(change), NOW), 'replayed')
    })
  }

  it('remembers to the last second in which the request is accepted, and forgets after it', () => {
    for (const signedAt of [NOW, NOW - 3, NOW + TOLERANCE, NOW + 0.5]) {
      const store = open()
      const once = claim({ signedAt })
      assert.equal(store.claim(once, NOW), 'claimed')
      for (let now = NOW; now <= once.expiresAt; now += 1) {
        assert.equal(store.claim(once, now), 'replayed', `signed ${signedAt - NOW}, ${now - NOW}`)
      }
      const later = Math.ceil(once.expiresAt) + 1
      const full = { signedAt: later, expiresAt: later + AGE }
      assert.equal(store.claim(claim(full), later), 'claimed', 'the name is free again')
    }
  })

  it('fails closed when it is full, and takes uses again when some have expired', () => {
    const store = open({ maxEntries: 3 })
    for (const use of ['a', 'b', 'c']) assert.equal(store.claim(claim({ use }), NOW), 'claimed')
    assert.throws(() => store.claim(claim({ use: 'd' }), NOW), UnavailableError)
    assert.equal(store.claim(claim({ use: 'a' }), NOW), 'replayed', 'what it knows, it still knows')
    const later = NOW + AGE + 2 * TOLERANCE + 1
    assert.equal(store.claim(claim({ use: 'd', signedAt: later }), later), 'claimed')
  })

  const fence: readonly (readonly [seconds: number, outcome: ClaimOutcome])[] = [
    [-1, 'fenced'],
    [0, 'fenced'],
    [TOLERANCE, 'fenced'],
    [TOLERANCE + 1, 'claimed'],
  ]
  for (const [seconds, outcome] of fence) {
    it(`${outcome}: signed ${seconds} s after the memory began (SR-107)`, () => {
      const store = memoryReplay({ clock: () => NOW * 1000 })
      assert.equal(store.claim(claim({ signedAt: NOW + seconds }), NOW + TOLERANCE), outcome)
    })
  }

  it('does not fence where somebody asked for that', () => {
    const store = memoryReplay({ clock: () => NOW * 1000, unsafe: { noFence: true } })
    assert.equal(store.claim(claim(), NOW), 'claimed')
  })

  it('fences what it may have forgotten while the clock was ahead', () => {
    const store = open()
    assert.equal(store.claim(claim(), NOW), 'claimed')
    const ahead = NOW + 3600
    assert.equal(store.claim(claim({ use: 'other', signedAt: ahead }), ahead), 'claimed')
    assert.equal(store.claim(claim(), NOW + 1), 'fenced')
  })

  it('never lets a time that is no number in twice', () => {
    const store = open()
    assert.equal(store.claim(claim({ signedAt: Number.NaN, expiresAt: NOW }), NOW), 'fenced')
    const endless = claim({ expiresAt: Number.NaN })
    assert.equal(store.claim(endless, NOW), 'claimed')
    assert.equal(store.claim(endless, NOW + 9999), 'replayed')
  })

  it('takes no size that cannot be meant', () => {
    for (const maxEntries of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => memoryReplay({ maxEntries }), ConfigError)
    }
  })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { publishSeconds, resolveSigningRules, retireSeconds, type SigningRules } from './rules.ts'
import { currentKey, isPublished, planKeys, type ScheduledKey } from './schedule.ts'

/** Short, so that a run of a few minutes meets every transition at every offset. */
const RULES = resolveSigningRules({
  rotationSeconds: 200,
  jwksMaxAgeSeconds: 40,
  reloadSeconds: 30,
  maxTokenSeconds: 60,
  toleranceSeconds: 1,
})

/** The store, in twenty lines: what rotation.ts does to rows, done to an array. */
class Model {
  keys: readonly ScheduledKey[] = []
  #made = 0

  advance(now: number, rules: SigningRules): void {
    for (const action of planKeys(this.keys, now, rules)) {
      switch (action.do) {
        case 'generate':
          this.#insert(action.state, action.signsAt)
          break
        case 'promote':
          this.#change(action.id, { state: 'signing', signsAt: now })
          break
        case 'retire':
          this.#change(action.id, { state: 'retired', deletesAt: action.deletesAt })
          break
        case 'delete':
          this.keys = this.keys.filter(({ id }) => id !== action.id)
          break
        default:
          action satisfies never
      }
    }
  }

  rotate(now: number, rules: SigningRules): void {
    if (this.keys.some(({ state }) => state === 'published')) return
    this.#insert('published', now + publishSeconds(rules))
  }

  /** A new array each time: a process that read the list earlier must not see the key in it. */
  #insert(state: 'published' | 'signing', signsAt: number): void {
    this.#made += 1
    this.keys = [...this.keys, { id: `k${this.#made}`, state, signsAt, deletesAt: null }]
  }

  #change(id: string, change: Partial<ScheduledKey>): void {
    this.keys = this.keys.map((key) => (key.id === id ? { ...key, ...change } : key))
  }
}

/** A process that acts on a list it may have read up to `reloadSeconds` ago. */
class Process {
  #keys: readonly ScheduledKey[] = []
  #readAt = Number.NEGATIVE_INFINITY

  read(model: Model, now: number): readonly ScheduledKey[] {
    if (now - this.#readAt >= RULES.reloadSeconds) {
      this.#keys = model.keys
      this.#readAt = now
    }
    return this.#keys
  }
}

/** One thing happens: in a process, or at a verifier that fetches from one. */
const step = fc.record({
  seconds: fc.integer({ min: 0, max: 20 }),
  // Mostly signing and fetching; the housekeeper may be late, and an operator may interfere.
  what: fc.constantFrom('sign', 'sign', 'fetch', 'fetch', 'advance', 'rotate'),
  process: fc.integer({ min: 0, max: 1 }),
})

test('no verifier meets a kid it could not have fetched, and no unexpired token loses its key', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 150, maxLength: 300 }), (steps) => {
      const model = new Model()
      const processes = [new Process(), new Process()] as const
      const caches: { readonly kids: ReadonlySet<string>; readonly until: number }[] = []
      const tokens: { readonly kid: string; readonly expiresAt: number }[] = []
      let now = 1_000_000
      model.advance(now, RULES)
      const first = currentKey(model.keys)?.id
      for (const { seconds, what, process: index } of steps) {
        now += seconds
        const keys = processes[index === 0 ? 0 : 1].read(model, now)
        if (what === 'advance') model.advance(now, RULES)
        else if (what === 'rotate') model.rotate(now, RULES)
        else if (what === 'fetch') {
          const kids = new Set(keys.filter(isPublished).map(({ id }) => id))
          caches.push({ kids, until: now + RULES.jwksMaxAgeSeconds })
          for (const { kid, expiresAt } of tokens) {
            if (expiresAt > now) assert.ok(kids.has(kid), `${kid} is published until it expires`)
          }
        } else {
          const kid = currentKey(keys)?.id
          assert.ok(kid !== undefined, 'a key signs')
          tokens.push({ kid, expiresAt: now + RULES.maxTokenSeconds })
          for (const cache of caches) {
            if (cache.until <= now || kid === first) continue
            assert.ok(cache.kids.has(kid), `${kid} is in every cache`)
          }
        }
      }
    }),
    { numRuns: 300 },
  )
})

test('rotates by itself, one key at a time', () => {
  const model = new Model()
  const signed = new Set<string>()
  for (let now = 0; now < 4 * RULES.rotationSeconds; now += 1) {
    model.advance(now, RULES)
    const signing: readonly ScheduledKey[] = model.keys.filter(({ state }) => state === 'signing')
    assert.equal(signing.length, 1)
    signed.add(signing[0]?.id ?? '')
    assert.ok(model.keys.length <= 3)
  }
  assert.equal(signed.size, 4)
})

test('settles on one key when two processes made their first at the same time', () => {
  const at = 1000
  const twin = (id: string): ScheduledKey => ({
    id,
    state: 'signing',
    signsAt: at,
    deletesAt: null,
  })
  const keys = [twin('b'), twin('a')]
  assert.equal(currentKey(keys)?.id, 'a')
  assert.deepEqual(planKeys(keys, at, RULES), [
    { do: 'retire', id: 'b', deletesAt: at + retireSeconds(RULES) },
  ])
})

test('drops the second of two keys that were published at the same time: it never signed', () => {
  const published = { state: 'published', signsAt: 900, deletesAt: null } as const
  const signing: ScheduledKey = { id: 'old', state: 'signing', signsAt: 0, deletesAt: null }
  const actions = planKeys(
    [signing, { id: 'x', ...published }, { id: 'y', ...published }],
    900,
    RULES,
  )
  assert.deepEqual(
    actions.map((action) => action.do),
    ['promote', 'retire', 'delete'],
  )
})

test('signs with a published key at once when no other is left', () => {
  const only: ScheduledKey = { id: 'next', state: 'published', signsAt: 5000, deletesAt: null }
  assert.deepEqual(planKeys([only], 0, RULES), [{ do: 'promote', id: 'next' }])
})

test('keeps compromised keys out of the key set and deletes them in time', () => {
  const key: ScheduledKey = { id: 'bad', state: 'compromised', signsAt: 0, deletesAt: 100 }
  assert.equal(isPublished(key), false)
  assert.deepEqual(
    planKeys([key], 100, RULES).filter(({ do: what }) => what === 'delete'),
    [{ do: 'delete', id: 'bad' }],
  )
})

test('refuses rules under which a key would be replaced before it may sign', () => {
  assert.throws(() => resolveSigningRules({ rotationSeconds: 390 }), { name: 'ConfigError' })
  assert.throws(() => resolveSigningRules({ maxTokenSeconds: 0.5 }), { name: 'ConfigError' })
})

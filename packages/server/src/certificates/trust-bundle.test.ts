import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { suite, test } from 'node:test'
import * as fc from 'fast-check'
import { pemBundle, spiffeBundle } from './bundle-formats.ts'
import { NOW, testCa } from './testing/authority.ts'
import {
  activeAnchor,
  planTrust,
  removeCompromised,
  trustedAnchors,
  type PlannedAnchor,
  type TrustAction,
  type TrustState,
} from './trust-bundle.ts'
import { resolveTrustRules } from './trust-rules.ts'

/** Short, so that a run of some minutes meets every state at every offset. */
const RULES = resolveTrustRules({
  refreshHintSeconds: 40,
  reloadSeconds: 10,
  maxTtlSeconds: 60,
  toleranceSeconds: 2,
})
const LIFE = 400

/** The store, in a few lines: what the authority will do to rows, done to an array. */
class Model {
  anchors: readonly PlannedAnchor[] = []
  #made = 0

  perform(actions: readonly TrustAction[], now: number): void {
    for (const action of actions) {
      if (action.do === 'create') this.#create(action.state, now)
      else this.#move(action.id, action.to, now)
    }
  }

  #create(state: TrustState, now: number): void {
    this.#made += 1
    const made = { id: `ca_${this.#made}`, state, since: now, notAfter: now + LIFE }
    this.anchors = [...this.anchors, made]
  }

  #move(id: string, to: TrustState, now: number): void {
    this.anchors = this.anchors.map((anchor) =>
      anchor.id === id ? { ...anchor, state: to, since: now } : anchor,
    )
  }
}

interface Sighting {
  readonly at: number
  readonly ids: readonly string[]
}

const since = (sightings: readonly Sighting[], at: number): readonly Sighting[] =>
  sightings.filter((sighting) => sighting.at >= at)

/** Every CA that any process may still sign with, against every bundle that anybody may still hold. */
function run(steps: readonly number[]): void {
  const { refreshHintSeconds, reloadSeconds, maxTtlSeconds } = RULES
  const model = new Model()
  let active: readonly Sighting[] = []
  let leaves: readonly Sighting[] = []
  let bundles: readonly Sighting[] = []
  let now = 1000
  for (const step of steps) {
    now += step
    model.perform(planTrust(model.anchors, now, RULES), now)
    assert.deepEqual(planTrust(model.anchors, now, RULES), [], 'planning is idempotent')
    const signing = activeAnchor(model.anchors)
    assert.ok(signing !== undefined, 'somebody can always issue')
    active = [...since(active, now - reloadSeconds), { at: now, ids: [signing.id] }]
    const signers = [...new Set(active.flatMap(({ ids }) => ids))]
    leaves = [...since(leaves, now - maxTtlSeconds), { at: now, ids: signers }]
    const trusted = trustedAnchors(model.anchors).map(({ id }) => id)
    const oldest = now - refreshHintSeconds - reloadSeconds
    bundles = [...since(bundles, oldest), { at: now, ids: trusted }]
    const met = new Set(leaves.flatMap(({ ids }) => ids))
    for (const { at, ids } of bundles) {
      const unknown = [...met].filter((id) => !ids.includes(id))
      assert.deepEqual(unknown, [], `met at ${now} with a bundle of ${at}`)
    }
  }
}

const anchor = (id: string, state: TrustState): PlannedAnchor => ({
  id,
  state,
  since: NOW,
  notAfter: NOW + 9999,
})

suite('the life of a CA', () => {
  test('leaves no verifier with a certificate whose CA it was not told of', () => {
    run(Array.from({ length: 2000 }, () => 1))
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 300 }), (steps) =>
        run(steps),
      ),
      { numRuns: 50 },
    )
  })

  test('is handed over early enough for certificates of full life', () => {
    const model = new Model()
    for (let now = 1000; now < 4000; now += 1) {
      model.perform(planTrust(model.anchors, now, RULES), now)
      const active = activeAnchor(model.anchors)
      assert.ok(active !== undefined && active.notAfter - now >= RULES.maxTtlSeconds)
    }
  })

  test('that two processes started twice is one again', () => {
    const twice = [anchor('a', 'active'), anchor('b', 'active')]
    assert.deepEqual(planTrust(twice, NOW, RULES), [{ do: 'move', id: 'b', to: 'retiring' }])
  })

  test('begins early where waiting would mean that nobody signs', () => {
    const takeover = { do: 'move', id: 'a', to: 'active' }
    assert.deepEqual(planTrust([anchor('a', 'planned')], NOW, RULES), [takeover])
  })

  test('that is over while nobody looked is replaced at once', () => {
    const over = { ...anchor('a', 'active'), notAfter: NOW - RULES.toleranceSeconds - 1 }
    const expected = [
      { do: 'create', state: 'active' },
      { do: 'move', id: 'a', to: 'removed' },
    ]
    assert.deepEqual(planTrust([over], NOW, RULES), expected)
  })

  test('ends at once when its key is lost, and the one that is known takes over', () => {
    const removal = { do: 'move', id: 'a', to: 'removed' }
    const ready = [anchor('a', 'active'), anchor('b', 'planned')]
    const takeover = { do: 'move', id: 'b', to: 'active' }
    assert.deepEqual(removeCompromised(ready, 'a'), [removal, takeover])
    const alone = removeCompromised([anchor('a', 'active')], 'a')
    assert.deepEqual(alone, [removal, { do: 'create', state: 'active' }])
    const other = [anchor('a', 'retiring'), anchor('b', 'active')]
    assert.deepEqual(removeCompromised(other, 'a'), [removal])
    assert.deepEqual(removeCompromised([anchor('a', 'removed')], 'a'), [])
    const twice = [anchor('a', 'active'), anchor('b', 'planned'), anchor('c', 'active')]
    assert.deepEqual(removeCompromised(twice, 'a'), [removal])
    assert.deepEqual(removeCompromised([], 'a'), [])
  })

  test('rules that cannot be meant are refused', () => {
    for (const rules of [
      { maxTtlSeconds: 86_401 },
      { reloadSeconds: 0 },
      { toleranceSeconds: 0.5 },
    ]) {
      assert.throws(() => resolveTrustRules(rules), { name: 'ConfigError' })
    }
  })
})

suite('the bundle', () => {
  test('holds every CA but the removed ones, as PEM and as a SPIFFE bundle', async () => {
    const states = ['planned', 'active', 'retiring', 'removed'] as const
    const anchors = await Promise.all(
      states.map(async (state, at) => {
        const { certificate, notAfter } = await testCa()
        return { id: state, state, since: NOW - at, notAfter, certificate }
      }),
    )
    const trusted = anchors.slice(0, 3).map(({ certificate }) => Buffer.from(certificate))
    const blocks = pemBundle(anchors).match(/-----BEGIN[^]+?-----END CERTIFICATE-----/g) ?? []
    assert.deepEqual(
      blocks.map((pem) => new X509Certificate(pem).raw),
      trusted,
    )

    const bundle = spiffeBundle(anchors, { sequence: 4, refreshHintSeconds: 300 })
    assert.deepEqual([bundle.spiffe_sequence, bundle.spiffe_refresh_hint], [4, 300])
    for (const [at, key] of bundle.keys.entries()) {
      assert.deepEqual(Object.keys(key).toSorted(), ['crv', 'kty', 'use', 'x', 'x5c', 'y'])
      assert.equal(key['use'], 'x509-svid')
      assert.deepEqual(key['x5c'], [trusted[at]?.toString('base64')])
    }
    assert.equal(bundle.keys.length, 3)
  })
})

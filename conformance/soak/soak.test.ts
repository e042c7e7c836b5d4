/** The short soak: a fixed seed, and the faults that take no long time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StoreKind } from './installation.ts'
import { soak } from './soak.ts'
import { describe } from './summary.ts'

const ROWS: readonly { readonly store: StoreKind; readonly faults: readonly string[] }[] = [
  { store: 'sqlite', faults: ['kill', 'terminate', 'migrate'] },
  { store: 'postgres', faults: ['kill', 'terminate', 'postgres-kill'] },
]

for (const { store, faults } of ROWS) {
  test(`ten seconds of kills on ${store}: nothing lost, nothing twice, nothing late (SR-015, SR-022)`, async (t) => {
    const print = (line: string): void => t.diagnostic(line)
    const summary = await soak({ store, seconds: 10, seed: 1, faults, print })
    assert.equal(summary.violations.length, 0, describe(summary))
    assert.ok((summary.checks['one token has one successor'] ?? 0) > 0)
  })
}

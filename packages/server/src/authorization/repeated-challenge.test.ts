import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openSqlite } from '../stores/sqlite/index.ts'
import { repeatsChallenge } from './repeated-challenge.ts'

test('a challenge is told as repeated for the same client of the same tenant alone (SR-017)', async () => {
  const store = await openSqlite({ path: ':memory:' })
  const asked = { clientId: 'cli_1', codeChallenge: 'c1', now: 1_790_000_000 }
  const ask = (tenant: string, change: Partial<typeof asked> = {}) =>
    repeatsChallenge(store, tenant, { ...asked, ...change })
  assert.equal(await ask('default'), false)
  assert.equal(await ask('default'), true)
  assert.equal(await ask('acme'), false)
  assert.equal(await ask('default', { clientId: 'cli_2' }), false)
  assert.equal(await ask('default', { codeChallenge: 'c2' }), false)
  await store.close()
})

import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { DecisionRecord } from 'countersign'
import type { Store } from '../model/store.ts'
import { makeLogger } from '../operations/log.ts'
import { openSqlite } from '../stores/sqlite/index.ts'
import { createDecisionLog, type DecisionLogOptions } from './decision-log.ts'
import { explainDecision } from './explain.ts'

const log = makeLogger({ destination: { write: () => {} } })
let store: Store
let now = 1_790_000_000_000

beforeEach(async () => {
  store = await openSqlite({ path: ':memory:' })
})
afterEach(() => store.close())

const open = (options: Partial<DecisionLogOptions> = {}) =>
  createDecisionLog({ store: store.decisions, clock: () => now, log, intervalMs: 0, ...options })

const decision = (decisionId: string, more: Partial<DecisionRecord> = {}): DecisionRecord => ({
  decisionId,
  atMs: now,
  outcome: 'refused',
  reason: 'api-key.unknown',
  detail: { id: 'abc' },
  request: { method: 'GET', authority: 'api.example.com', path: '/orders' },
  checks: [{ name: 'api-key.known', passed: false, actual: 'abc' }],
  ...more,
})

describe('the decision log', () => {
  it('answers a decision at once, from memory, and later from the store', async () => {
    const decisions = open()
    decisions.record(decision('dec_1', { tenant: 'acme' }))
    assert.equal((await decisions.find('dec_1'))?.tenant, 'acme')
    assert.equal(await store.decisions.find('dec_1'), undefined)
    await decisions.flush()
    assert.deepEqual(await decisions.find('dec_1'), decision('dec_1', { tenant: 'acme' }))
    assert.equal((await store.decisions.find('dec_1'))?.tenant, 'acme')
    assert.equal(await decisions.find('dec_2'), undefined)
  })

  it('drops and counts what it has no room for, and has room again after a batch', async () => {
    const decisions = open({ maxBuffered: 2 })
    for (const id of ['a', 'b', 'c', 'd']) decisions.record(decision(id))
    assert.equal(decisions.dropped, 2)
    await decisions.flush()
    decisions.record(decision('e'))
    assert.equal(decisions.dropped, 2)
    assert.ok((await decisions.find('b')) !== undefined)
    assert.equal(await decisions.find('c'), undefined)
  })

  it('keeps a batch that could not be written, and writes it once', async () => {
    let fail = true
    const insertMany: typeof store.decisions.insertMany = (batch) =>
      fail ? Promise.reject(new Error('disk full')) : store.decisions.insertMany(batch)
    const decisions = open({ store: { ...store.decisions, insertMany } })
    decisions.record(decision('a'))
    await assert.rejects(decisions.flush(), /disk full/)
    assert.ok((await decisions.find('a')) !== undefined)
    fail = false
    await Promise.all([decisions.flush(), decisions.flush()])
    assert.ok((await store.decisions.find('a')) !== undefined)
  })

  it('is bounded in rows, in time and in the length of a text', async () => {
    const decisions = open({ maxRows: 3, retentionSeconds: 60 })
    const long = 'x'.repeat(100_000)
    const request = { method: 'GET', authority: 'a', path: `/${long}` }
    for (const id of ['a', 'b', 'c', 'd', 'e']) decisions.record(decision(id, { request }))
    await decisions.flush()
    assert.ok(((await store.decisions.find('a'))?.json.length ?? 0) < 2000)
    assert.equal(await decisions.sweep(), 2)
    assert.equal(await decisions.find('a'), undefined)
    now += 61_000
    assert.equal(await decisions.sweep(), 3)
    assert.equal(await decisions.find('e'), undefined)
  })

  it('writes what is left when it is closed', async () => {
    const decisions = open()
    decisions.record(decision('last'))
    await decisions.close()
    assert.ok((await store.decisions.find('last')) !== undefined)
  })
})

describe('an explanation', () => {
  it('says what the caller was told, the rule and what to do', () => {
    const { explanation, checks } = explainDecision(decision('dec_1'))
    assert.equal(explanation?.status, 401)
    assert.equal(explanation?.wire, 'credential-invalid')
    assert.match(explanation?.advice ?? '', /No key has this id/)
    assert.equal(checks.length, 1)
    const { reason: _, detail: __, ...allowed } = decision('dec_2', { outcome: 'allowed' })
    assert.equal(explainDecision(allowed).explanation, null)
  })
})

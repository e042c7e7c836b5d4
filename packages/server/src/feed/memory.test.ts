import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { test } from 'node:test'
import { RevocationSet } from 'countersign'
import { makeLogger } from '../operations/log.ts'
import type { ChangeRecord } from '../model/records.ts'
import { createFeed } from './feed.ts'

const REVOCATIONS = 100_000
const READERS = 50
const NOW = Math.floor(Date.now() / 1000)
const facts = { tenant: 'default', principalId: 'svc', issuedAt: NOW }

const change = (sequence: number): ChangeRecord => ({
  sequence,
  tenant: 'default',
  kind: 'token',
  subject: `jti-${sequence}-0123456789abcdef`,
  issuedBefore: null,
  expiresAt: NOW + 3600,
  at: NOW,
})

test('fifty readers that read nothing hold one snapshot of 100,000 revocations between them, read once', async () => {
  const changes = Array.from({ length: REVOCATIONS }, (_, index) => change(index + 1))
  let reads = 0
  const store = {
    onChange: () => () => {},
    changes: {
      head: () => Promise.resolve(REVOCATIONS),
      floor: () => Promise.resolve(0),
      after: () => Promise.resolve([]),
      append: () => assert.fail('nobody appends'),
      sweep: () => Promise.resolve(0),
      snapshot: () => {
        reads += 1
        return Promise.resolve({ sequence: REVOCATIONS, changes })
      },
    },
  }
  const log = makeLogger({ level: 'silent' })
  const feed = createFeed({
    store,
    log,
    clock: Date.now,
    revocations: new RevocationSet(),
    heartbeatMs: 0,
  })
  const before = process.memoryUsage()
  const streams = await Promise.all(
    Array.from({ length: READERS }, () =>
      feed.subscribe({ tenant: 'default', cursor: undefined, facts }),
    ),
  )
  for (let turn = 0; turn < 100; turn += 1) await nextTurn()
  const after = process.memoryUsage()
  const grown = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers
  assert.equal(reads, 1)
  // One copy for each would be some 750 MB.
  assert.ok(grown < 60e6, `${Math.round(grown / 1e6)} MB`)
  const [one] = streams
  assert.ok(one !== undefined)
  let length = 0
  for await (const piece of one as unknown as AsyncIterable<Uint8Array>) {
    length += piece.byteLength
    if (new TextDecoder().decode(piece).endsWith(']}\n\n')) break
  }
  assert.ok(length > REVOCATIONS * 100)
  feed.close()
})

import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { UnavailableError, type ReplayClaim } from 'countersign'
import type { Store } from '../model/store.ts'
import { openSqlite } from '../stores/sqlite/index.ts'
import { scratchFolder } from '../testing/scratch.ts'
import { storedReplay } from './stored-replay.ts'

const NOW = 1_800_000_000
const folder = scratchFolder()
let files = 0

const newPath = (): string => join(folder, `${(files += 1)}.db`)
const open = (path: string, begins = NOW - 1000): Promise<Store> =>
  openSqlite({ path, clock: () => begins * 1000 })

const claimOf = (given: Partial<ReplayClaim> = {}): ReplayClaim => ({
  tenant: 'default',
  credentialId: 'sig_one',
  use: 'nonce',
  signedAt: NOW,
  expiresAt: NOW + 120,
  toleranceSeconds: 30,
  ...given,
})

describe('a stored claim', () => {
  test('succeeds once, and holds after the file is opened again (SR-106)', async () => {
    const path = newPath()
    for (const outcome of ['claimed', 'replayed', 'replayed']) {
      const store = await open(path)
      assert.equal(await storedReplay(store).claim(claimOf(), NOW), outcome)
      await store.close()
    }
  })

  test('is one credential’s: nobody uses up the nonces of another', async () => {
    const store = await open(':memory:')
    const replay = storedReplay(store)
    const others = [
      claimOf(),
      claimOf({ credentialId: 'sig_two' }),
      claimOf({ tenant: 'acme' }),
      // The same characters, cut elsewhere.
      claimOf({ tenant: 'defaults', credentialId: 'ig_one' }),
      claimOf({ credentialId: 'sig_onen', use: 'once' }),
    ]
    for (const claim of others) assert.equal(await replay.claim(claim, NOW), 'claimed')
    for (const claim of others) assert.equal(await replay.claim(claim, NOW), 'replayed')
    await store.close()
  })

  test('has one winner of many at once', async () => {
    const store = await open(newPath())
    const all = await Promise.all(
      Array.from({ length: 50 }, async () => storedReplay(store).claim(claimOf(), NOW)),
    )
    assert.equal(all.filter((outcome) => outcome === 'claimed').length, 1)
    await store.close()
  })

  test('fails closed when the database cannot be written (SR-107)', async () => {
    const store = await open(newPath())
    await store.close()
    await assert.rejects(async () => storedReplay(store).claim(claimOf(), NOW), UnavailableError)
  })
})

describe('the fence', () => {
  test('stands at the start of a new database, later by the tolerance (SR-107)', async () => {
    const store = await open(':memory:', NOW)
    const replay = storedReplay(store)
    for (const [signedAt, outcome] of [
      [NOW - 1, 'fenced'],
      [NOW + 30, 'fenced'],
      [NOW + 31, 'claimed'],
      [NOW + 31, 'replayed'],
    ] as const)
      assert.equal(await replay.claim(claimOf({ signedAt }), NOW), outcome, String(signedAt))
    const unfenced = storedReplay(store, { unsafe: { noFence: true } })
    const early = claimOf({ signedAt: NOW - 1, use: 'early' })
    assert.deepEqual(
      [await unfenced.claim(early, NOW), await unfenced.claim(early, NOW)],
      ['claimed', 'replayed'],
    )
    await store.close()
  })

  test('is raised for every process on the file, and never lowered', async () => {
    const path = newPath()
    const [one, two] = [await open(path), await open(path)]
    assert.equal(await storedReplay(one).claim(claimOf(), NOW), 'claimed')
    await storedReplay(one).raiseFence(NOW + 0.5)
    await storedReplay(one).raiseFence(5)
    assert.equal(await storedReplay(two).claim(claimOf({ use: 'next' }), NOW), 'fenced')
    const later = claimOf({ use: 'next', signedAt: NOW + 32 })
    assert.equal(await storedReplay(two).claim(later, NOW), 'claimed')
    await Promise.all([one.close(), two.close()])
  })
})

test('expired uses are swept in batches, the others stay', async () => {
  const store = await open(':memory:')
  const replay = storedReplay(store)
  for (let n = 0; n < 5; n += 1)
    await replay.claim(claimOf({ use: `old ${n}`, expiresAt: NOW - 0.5 }), NOW)
  await replay.claim(claimOf(), NOW)
  // An expiry inside a second is kept to the end of it.
  assert.equal(await store.replays.sweep(NOW, 10), 0)
  const swept = [await store.replays.sweep(NOW + 1, 3), await store.replays.sweep(NOW + 1, 3)]
  assert.deepEqual(swept, [3, 2])
  assert.equal(await replay.claim(claimOf(), NOW), 'replayed')
  await store.close()
})

test('a row holds nothing that the caller wrote', async () => {
  const path = newPath()
  const store = await open(path)
  await storedReplay(store).claim(claimOf({ use: 'caller-chosen' }), NOW)
  const rows = new DatabaseSync(path).prepare('select * from replay').all()
  assert.equal(rows.length, 1)
  assert.match(String(rows[0]?.['id']), /^[A-Za-z0-9_-]{43}$/)
  await store.close()
})

const claimer = fileURLToPath(new URL('../testing/replay-claimer.ts', import.meta.url))

function startClaimer(path: string, count: number): ChildProcess {
  const argv = ['--conditions=@countersign/source', claimer, path, String(count)]
  return spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] })
}

/** The outcomes that a claimer printed before it said `done` (or reached `upTo`); then it is killed. */
async function outcomesOf(child: ChildProcess, upTo = Infinity): Promise<readonly string[]> {
  assert.ok(child.stdout)
  const outcomes: string[] = []
  for await (const line of createInterface(child.stdout)) {
    if (line === 'done') break
    outcomes.push(line)
    if (outcomes.length >= upTo) break
  }
  child.kill('SIGKILL')
  await once(child, 'exit')
  return outcomes
}

test('what was claimed before a SIGKILL is replayed after it', async () => {
  const path = newPath()
  await (await open(path)).close()
  const acknowledged = await outcomesOf(startClaimer(path, 10_000), 20)
  assert.ok(acknowledged.length === 20 && acknowledged.every((line) => line.endsWith(' claimed')))
  const again = await outcomesOf(startClaimer(path, 20))
  assert.deepEqual(
    again,
    acknowledged.map((line) => line.replace('claimed', 'replayed')),
  )
})

test('of two processes on one file exactly one wins each use', async () => {
  const path = newPath()
  await (await open(path)).close()
  const children = [startClaimer(path, 200), startClaimer(path, 200)]
  const outcomes = (await Promise.all(children.map((child) => outcomesOf(child)))).flat()
  assert.equal(outcomes.length, 400)
  const winners = outcomes.filter((line) => line.endsWith(' claimed'))
  assert.equal(new Set(winners).size, 200)
  assert.equal(winners.length, 200)
})

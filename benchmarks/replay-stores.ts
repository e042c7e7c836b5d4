/**
 * How many single uses can be claimed in a second? In this process, and durably in SQLite; the uses are
 * all new, and what naming them costs is in every row.
 */
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryReplay, type ReplayClaim, type ReplayStore } from 'countersign'
import { openSqlite } from '@countersign/server/sqlite'
import { storedReplay } from '../packages/server/src/replay/stored-replay.ts'
import { compare, type Contender } from './lib/compare.ts'
import { report, type Table } from './lib/report.ts'

const NOW = Math.floor(Date.now() / 1000)
/** Callers that wait at once, as they do in a server. */
const AT_ONCE = 32
let made = 0

const use = (): string =>
  createHash('sha256')
    .update(String((made += 1)))
    .digest('base64url')

function claimAt(now: number): ReplayClaim {
  const times = { signedAt: NOW, toleranceSeconds: 5, expiresAt: now + 10 }
  return { tenant: 'default', credentialId: 'key_1', use: use(), ...times }
}

/** Time goes on, so that what was claimed is forgotten as it is in a server. */
const later = (): number => NOW + Math.floor(made / 20_000)

async function claim(store: ReplayStore): Promise<void> {
  const now = later()
  const outcome = await store.claim(claimAt(now), now)
  if (outcome !== 'claimed') throw new Error(outcome)
}

const oneByOne = (name: string, work: () => unknown): Contender => ({
  name,
  async run(count) {
    for (let done = 0; done < count; done += 1) await work()
  },
})

const atOnce = (name: string, work: () => Promise<void>): Contender => ({
  name,
  async run(count) {
    let left = count
    const worker = async (): Promise<void> => {
      while ((left -= 1) >= 0) await work()
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
  },
})

async function memoryTable(): Promise<Table> {
  const base = 'Map.set of a random name'
  const names = new Map<string, number>()
  const store = memoryReplay({ maxEntries: 50_000_000, unsafe: { noFence: true } })
  const rows = await compare(
    [
      oneByOne(base, () => {
        names.set(use(), NOW)
        if (names.size > 200_000) names.clear()
      }),
      oneByOne('memoryReplay', () => claim(store)),
    ],
    { base },
  )
  return { title: 'Claims in the memory of this process', base, rows }
}

async function storedTable(): Promise<Table> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'))
  const store = await openSqlite({ path: join(folder, 'countersign.db') })
  const replay = storedReplay(store, { unsafe: { noFence: true } })
  const base = 'SQLite, one by one'
  try {
    const rows = await compare(
      [
        oneByOne(base, () => claim(replay)),
        atOnce(`SQLite, ${AT_ONCE} at once`, () => claim(replay)),
      ],
      { base },
    )
    return { title: 'Claims in SQLite, on the disk before they are answered', base, rows }
  } finally {
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

report('replay-stores', [await memoryTable(), await storedTable()])

import { after, before } from 'node:test'
import { join } from 'node:path'
import { memoryLimits } from 'countersign'
import type { Store } from '../model/store.ts'
import { openPostgres } from '../stores/postgres/index.ts'
import { openSqlite } from '../stores/sqlite/index.ts'
import { limitContract } from '../testing/limit-contract.ts'
import { startPostgres, type PostgresServer } from '../testing/postgres.ts'
import { scratchFolder } from '../testing/scratch.ts'

limitContract('memory', async () => {
  const store = memoryLimits()
  return { nodes: [store, store], hasClock: false }
})

const folder = scratchFolder()
const opened: Store[] = []
let server: PostgresServer
let url: string

async function twice(open: () => Promise<Store>): Promise<readonly [Store, Store]> {
  const stores = [await open(), await open()] as const
  opened.push(...stores)
  return stores
}

before(async () => {
  server = await startPostgres()
  url = await server.create()
})
after(async () => {
  await Promise.all(opened.map((store) => store.close()))
  await server.dispose()
})

limitContract('SQLite', async () => {
  const path = join(folder, 'limits.db')
  const [one, two] = await twice(() => openSqlite({ path }))
  return { nodes: [one.limits, two.limits], hasClock: false }
})

limitContract('PostgreSQL', async () => {
  const [one, two] = await twice(() => openPostgres({ url }))
  return { nodes: [one.limits, two.limits], hasClock: true }
})

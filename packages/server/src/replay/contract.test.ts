import { after, before } from 'node:test'
import { join } from 'node:path'
import { memoryReplay } from 'countersign'
import type { Store } from '../model/store.ts'
import { openPostgres } from '../stores/postgres/index.ts'
import { openSqlite } from '../stores/sqlite/index.ts'
import { startPostgres, type PostgresServer } from '../testing/postgres.ts'
import { replayContract } from '../testing/replay-contract.ts'
import { scratchFolder } from '../testing/scratch.ts'
import { storedReplay } from './stored-replay.ts'

const clock = (): number => Date.now() - 1_000_000
const opened: Store[] = []
const path = join(scratchFolder(), 'uses.db')
let server: PostgresServer
let url: string

before(async () => {
  server = await startPostgres()
  url = await server.create()
})
after(async () => {
  await Promise.all(opened.map((store) => store.close()))
  await server.dispose()
})

replayContract('memory', async () => {
  const store = memoryReplay({ clock })
  return [store, store]
})

replayContract('SQLite', async () => {
  const stores = [await openSqlite({ path, clock }), await openSqlite({ path, clock })] as const
  opened.push(...stores)
  return [storedReplay(stores[0]), storedReplay(stores[1])]
})

replayContract('PostgreSQL', async () => {
  const stores = [await openPostgres({ url, clock }), await openPostgres({ url, clock })] as const
  opened.push(...stores)
  return [storedReplay(stores[0]), storedReplay(stores[1])]
})

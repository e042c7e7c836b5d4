import { join } from 'node:path'
import { storeContract } from '../../testing/store-contract/index.ts'
import { openSqlite } from './index.ts'
import { scratchFolder } from '../../testing/scratch.ts'

const folder = scratchFolder()
let count = 0

storeContract('a SQLite file', async () => {
  count += 1
  const path = join(folder, `${count}.db`)
  return { store: await openSqlite({ path }), again: () => openSqlite({ path }) }
})

storeContract('SQLite in memory', async () => ({ store: await openSqlite({ path: ':memory:' }) }))

/**
 * A process of its own that writes to a SQLite store and prints the id of each key once it was
 * acknowledged: `node sqlite-writer.ts <path> <name> <count>`; without a count until it is killed.
 */
import { writeSync } from 'node:fs'
import { openSqlite } from '../stores/sqlite/index.ts'
import type { Store } from '../model/store.ts'
import {
  sampleChange,
  sampleCredential,
  sampleEvent,
  samplePrincipal,
} from './store-contract/records.ts'

const [path = '', name = '', count = 'Infinity'] = process.argv.slice(2)

async function writeKey(store: Store, id: string): Promise<void> {
  await store.transaction(async (session) => {
    await session.credentials.insert(sampleCredential({ id, principalId: name }))
    await session.events.append(sampleEvent({ subject: id }))
    await session.changes.append(sampleChange({ subject: id }))
  })
  writeSync(1, `${id}\n`)
}

const store = await openSqlite({ path, busyTimeoutMs: 20_000 })
await store.principals.insert(samplePrincipal({ id: name }))
for (let index = 0; index < Number(count); index += 1) await writeKey(store, `${name}-${index}`)
await store.close()

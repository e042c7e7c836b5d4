/**
 * Writes changes until it is killed: `node feed-writer.ts <postgres url> <name>`. Transactions stay
 * open for a random time before they commit, every fifth is undone, and several run at once. Prints
 * the subject of each change once it is committed.
 */
import { setTimeout } from 'node:timers/promises'
import { openPostgres } from '../stores/postgres/index.ts'

const [url = '', name = ''] = process.argv.slice(2)
const AT_ONCE = 4
const store = await openPostgres({ url, migrate: false, maxConnections: AT_ONCE })

async function write(index: number): Promise<void> {
  const subject = `${name}-${index}`
  const now = Math.floor(Date.now() / 1000)
  const named = { tenant: 'default', kind: 'token', subject, issuedBefore: null } as const
  await store.transaction(
    async (session) => {
      await setTimeout(Math.random() * 5)
      await session.changes.append({ ...named, expiresAt: now + 3600, at: now })
      await setTimeout(Math.random() * 10)
      if (index % 5 === 0) throw new Error('undone')
    },
    { turn: 'none' },
  )
  process.stdout.write(`${subject}\n`)
}

let count = 0
async function writer(): Promise<never> {
  for (;;) {
    count += 1
    // oxlint-disable-next-line no-await-in-loop -- one transaction after the other
    await write(count).catch(() => {})
  }
}

await Promise.all(Array.from({ length: AT_ONCE }, writer))

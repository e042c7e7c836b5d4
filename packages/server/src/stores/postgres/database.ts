import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout } from 'node:timers/promises'
import { Kysely, sql } from 'kysely'
import type { Db, Sql } from '../sql/db.ts'
import { lastNumber } from '../sql/counters.ts'
import type { Schema } from '../sql/schema.ts'
import { ChangeSignal, CHANGE_CHANNEL } from './change-signal.ts'
import { postgresDialect } from './dialect.ts'
import { isRetriable, translate } from './failure.ts'
import { openPool, type PoolLimits } from './pool.ts'

/** An open database: a pool of connections, and the signal that changes were committed. */
export interface Database extends Db {
  readonly changes: ChangeSignal
  /** Answers what was asked before, then closes. */
  close(): Promise<void>
}

/** Where a database is. */
export interface DatabaseOptions extends PoolLimits {
  readonly url: string
  /** @defaultValue `url` */
  readonly listenUrl?: string | undefined
}

/** How often a transaction that others got in the way of is run again. */
const MAX_ATTEMPTS = 5
const FIRST_PAUSE_MS = 5

/** The transaction that the code at hand runs in, while it is open. */
const inTransaction = new AsyncLocalStorage<{ isOpen: boolean }>()

/** Opens a database; connects when it is first asked. */
export function openDatabase({ url, listenUrl = url, ...limits }: DatabaseOptions): Database {
  const connections = openPool(url, limits)
  const db: Sql = new Kysely<Schema>({ dialect: postgresDialect(connections) })
  const changes = new ChangeSignal(listenUrl, () => lastNumber(db, 'change'))
  return {
    read: db,
    write: db,
    changes,
    atomic: (work) => transact(db, changes, work),
    announce: () => changes.fire(),
    close: async () => {
      await changes.stop()
      await connections.close()
    },
  }
}

/**
 * Runs a transaction, and runs it again when others got in its way: nothing of it has happened then.
 * What it announced is sent by the commit, so that no node looks before there is something to see.
 */
async function transact<T>(
  db: Sql,
  changes: ChangeSignal,
  work: (db: Db) => Promise<T>,
): Promise<T> {
  if (inTransaction.getStore()?.isOpen === true) {
    throw new Error('inside a transaction, use its session: the store itself would not see it')
  }
  for (let attempt = 1; ; attempt += 1) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- one attempt after the other is the point
      return await once(db, changes, work)
    } catch (error) {
      const cause = error instanceof Error ? (error.cause ?? error) : error
      if (!isRetriable(cause) || attempt >= MAX_ATTEMPTS) throw translate(error)
    }
    const pause = FIRST_PAUSE_MS * 2 ** attempt * (0.5 + Math.random())
    // oxlint-disable-next-line no-await-in-loop -- apart from whoever got in the way
    await setTimeout(pause)
  }
}

async function once<T>(db: Sql, changes: ChangeSignal, work: (db: Db) => Promise<T>): Promise<T> {
  const turn = { isOpen: true }
  let changed = false
  try {
    const result = await inTransaction.run(turn, () =>
      db
        .transaction()
        .setIsolationLevel('serializable')
        .execute(async (transaction) => {
          const inside: Db = {
            read: transaction,
            write: transaction,
            atomic: (more) => more(inside),
            announce: () => {
              changed = true
            },
          }
          const value = await work(inside)
          if (changed) await sql`select pg_notify(${CHANGE_CHANNEL}, '')`.execute(transaction)
          return value
        }),
    )
    if (changed) changes.fire()
    return result
  } finally {
    turn.isOpen = false
  }
}

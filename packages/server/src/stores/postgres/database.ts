import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout } from 'node:timers/promises'
import { Kysely, sql } from 'kysely'
import type { TransactionOptions } from '../../model/store.ts'
import type { Db, Sql } from '../sql/db.ts'
import { lastNumber } from '../sql/counters.ts'
import type { Schema } from '../sql/schema.ts'
import { readAddress, type UnsafeAddress } from './address.ts'
import { ChangeSignal, CHANGE_CHANNEL } from './change-signal.ts'
import { postgresDialect } from './dialect.ts'
import { isRetriable } from './failure.ts'
import { openPool, type PoolLimits } from './pool.ts'

/** An open database: a pool of connections, and the signal that changes were committed. */
export interface Database extends Db {
  readonly changes: ChangeSignal
  /** Answers what was asked before, then closes. */
  close(): Promise<void>
}

/** Where a database is. */
export interface DatabaseOptions extends PoolLimits {
  /** `postgres://user@host:port/database`, read as `address.ts` says. */
  readonly url: string
  /**
   * Where to listen for changes, if `url` is that of a pooler in transaction mode: nobody listens
   * through one. Without it changes of other nodes are still seen, within 250 ms.
   *
   * @defaultValue `url`
   */
  readonly listenUrl?: string | undefined
  readonly unsafe?: UnsafeAddress
}

/** How often a transaction that others got in the way of is run again. */
const MAX_ATTEMPTS = 5
const FIRST_PAUSE_MS = 5

/** The transaction that the code at hand runs in, while it is open. */
const inTransaction = new AsyncLocalStorage<{ isOpen: boolean }>()

/** A statement of the store itself would not see the transaction, and might wait for it for ever. */
function assertOutside(): void {
  if (inTransaction.getStore()?.isOpen !== true) return
  throw new Error('inside a transaction, use its session: the store itself would not see it')
}

/** What a transaction needs of its database. */
interface Place {
  readonly db: Sql
  readonly changes: ChangeSignal
}

/** Opens a database; connects when it is first asked. */
export function openDatabase({
  url,
  listenUrl = url,
  unsafe,
  ...limits
}: DatabaseOptions): Database {
  const connections = openPool(readAddress(url, unsafe), limits)
  const db: Sql = new Kysely<Schema>({ dialect: postgresDialect(connections, assertOutside) })
  const changes = new ChangeSignal(readAddress(listenUrl, unsafe), () => lastNumber(db, 'change'))
  return {
    read: db,
    write: db,
    changes,
    atomic: (work, options) => transact({ db, changes }, work, options),
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
  place: Place,
  work: (db: Db) => Promise<T>,
  options?: TransactionOptions,
): Promise<T> {
  assertOutside()
  for (let attempt = 1; ; attempt += 1) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- one attempt after the other is the point
      return await once(place, work, options)
    } catch (error) {
      const cause = error instanceof Error ? (error.cause ?? error) : error
      if (!isRetriable(cause) || attempt >= MAX_ATTEMPTS) throw error
    }
    const pause = FIRST_PAUSE_MS * 2 ** attempt * (0.5 + Math.random())
    // oxlint-disable-next-line no-await-in-loop -- apart from whoever got in the way
    await setTimeout(pause)
  }
}

async function once<T>(
  { db, changes }: Place,
  work: (db: Db) => Promise<T>,
  { turn: order = 'exclusive' }: TransactionOptions = {},
): Promise<T> {
  const turn = { isOpen: false }
  let changed = false
  try {
    const result = await inTransaction.run(turn, () =>
      db
        .transaction()
        .setIsolationLevel(order === 'exclusive' ? 'serializable' : 'read committed')
        .execute(async (transaction) => {
          turn.isOpen = true
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

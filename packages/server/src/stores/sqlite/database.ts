import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import type { Db, Sql } from '../sql/db.ts'
import type { Schema } from '../sql/schema.ts'
import { whileBusy } from './busy.ts'
import { ChangeSignal } from './change-signal.ts'
import { SqliteConnection } from './connection.ts'
import { sqliteDialect } from './dialect.ts'
import { APPLICATION_ID } from './file.ts'
import { GroupWriter } from './group-writer.ts'
import { asTurn, WriterLock } from './lock.ts'

/** SQLite's own, blocking wait: enough for a recovery or checkpoint to end, no more. */
const BLOCKING_WAIT_MS = 20

/** An open database: one connection that writes, one that reads beside it. */
export interface Database extends Db {
  readonly changes: ChangeSignal
  /** Waits for the transaction at hand, then closes. */
  close(): Promise<void>
}

/** Opens the database in a file that `prepareFile` has looked at. */
export async function openFile(file: string, busyTimeoutMs: number): Promise<Database> {
  const writer = new DatabaseSync(file, { timeout: BLOCKING_WAIT_MS })
  try {
    await whileBusy(busyTimeoutMs, () => configure(writer))
    const reader = new DatabaseSync(file, { timeout: BLOCKING_WAIT_MS })
    reader.exec('pragma query_only = on')
    return database(writer, reader, busyTimeoutMs)
  } catch (error) {
    writer.close()
    throw error
  }
}

/** Opens an empty database in memory: everything goes through one connection, in turn. */
export const openMemory = (busyTimeoutMs: number): Database =>
  database(new DatabaseSync(':memory:'), undefined, busyTimeoutMs)

function configure(writer: DatabaseSync): void {
  // Ours before anything else is written: a crash in between leaves a file we know again. It goes
  // to the file itself, not to the log, because the journal mode is still the initial one.
  if (numberOf(writer, 'pragma page_count') === 0) {
    writer.exec(`pragma application_id = ${APPLICATION_ID}`)
  }
  writer.exec('pragma journal_mode = wal')
  writer.exec('pragma synchronous = full')
  writer.exec('pragma journal_size_limit = 67108864')
}

function numberOf(connection: DatabaseSync, pragma: string): number {
  const [value] = Object.values(connection.prepare(pragma).get() ?? {})
  return typeof value === 'number' ? value : 0
}

function database(
  writer: DatabaseSync,
  reader: DatabaseSync | undefined,
  busyTimeoutMs: number,
): Database {
  const lock = new WriterLock()
  const writing = new SqliteConnection(writer, busyTimeoutMs)
  const group = new GroupWriter(writing, lock)
  const write: Sql = new Kysely<Schema>({ dialect: sqliteDialect(writing, group) })
  const reading = reader && new SqliteConnection(reader, busyTimeoutMs)
  const read = reading ? new Kysely<Schema>({ dialect: sqliteDialect(reading) }) : write
  const version = writer.prepare('pragma data_version')
  const changes = new ChangeSignal(() => Number(version.get()?.['data_version']))
  return {
    read,
    write,
    changes,
    atomic: (work) => atomic(write, changes, work),
    announce: () => changes.fire(),
    close: async () => {
      changes.stop()
      await lock.acquire()
      await group.settle()
      reading?.close()
      writing.close()
      lock.release()
    },
  }
}

async function atomic<T>(
  write: Sql,
  changes: ChangeSignal,
  work: (db: Db) => Promise<T>,
): Promise<T> {
  let changed = false
  const result = await asTurn(() =>
    write.transaction().execute((transaction) => {
      const inside: Db = {
        read: transaction,
        write: transaction,
        atomic: (more) => more(inside),
        announce: () => {
          changed = true
        },
      }
      return work(inside)
    }),
  )
  if (changed) changes.fire()
  return result
}

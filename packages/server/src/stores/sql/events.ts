import type { Selectable } from 'kysely'
import { chainEvent, GENESIS_HASH } from '../../events/hash.ts'
import type { EventRecord } from '../../model/records.ts'
import type { EventStore, NewEvent } from '../../model/store.ts'
import { lastNumber, nextNumber } from './counters.ts'
import { prepare, prepareInsert, type Db } from './db.ts'
import { fromJson, toJson } from './json.ts'
import { pageWindow, toPage } from './paging.ts'
import type { Schema } from './schema.ts'

/** The last line that is there, whatever its number: a removed line must not stop the log. */
const lastHash = prepare((db) =>
  db
    .selectFrom('event')
    .select('hash')
    .orderBy('sequence', 'desc')
    .limit((eb) => eb.lit(1)),
)

const insertRow = prepareInsert((db, row: Selectable<Schema['event']>) =>
  db.insertInto('event').values(row),
)

/** The audit log in SQL. */
export const eventStore = (db: Db): EventStore => ({
  append: (event) => db.atomic((inside) => append(inside, event)),

  async list({ tenant, limit, cursor }) {
    const window = pageWindow(limit, cursor)
    const rows = await db.read
      .selectFrom('event')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('sequence', '<', window.below)
      .orderBy('sequence', 'desc')
      .limit(window.rows)
      .execute()
    return toPage(rows, window, { position: (row) => row.sequence, record: toRecord })
  },

  async scan(afterSequence, limit) {
    const rows = await db.read
      .selectFrom('event')
      .selectAll()
      .where('sequence', '>', afterSequence)
      .orderBy('sequence')
      .limit(limit)
      .execute()
    return rows.map(toRecord)
  },

  head: () => lastNumber(db.read, 'event'),
})

async function append(db: Db, event: NewEvent): Promise<EventRecord> {
  const sequence = await nextNumber(db, 'event')
  const { rows } = await lastHash(db.write, [])
  const record = chainEvent(event, { sequence, previousHash: rows[0]?.hash ?? GENESIS_HASH })
  await insertRow(db.write, {
    sequence,
    tenant: record.tenant,
    type: record.type,
    actor: record.actor,
    subject: record.subject,
    data: toJson(record.data),
    at: record.at,
    previous_hash: record.previousHash,
    hash: record.hash,
  })
  return record
}

const toRecord = (row: Schema['event']): EventRecord => ({
  sequence: row.sequence,
  tenant: row.tenant,
  type: row.type,
  actor: row.actor,
  subject: row.subject,
  data: readData(row.data),
  at: row.at,
  previousHash: row.previous_hash,
  hash: row.hash,
})

/** A line that somebody made unreadable must still be read: verification is there to name it. */
function readData(text: string): EventRecord['data'] {
  try {
    return fromJson(text)
  } catch {
    return {}
  }
}

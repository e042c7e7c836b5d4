import type { ChangeRecord } from '../../model/records.ts'
import type { ChangeStore, NewChange } from '../../model/store.ts'
import { lastNumber, nextNumber } from './counters.ts'
import { prepare, type Db } from './db.ts'
import type { Schema } from './schema.ts'

const after = prepare((db, [sequence, limit]: readonly [number, number]) =>
  db
    .selectFrom('change')
    .selectAll()
    .where('sequence', '>', sequence)
    .orderBy('sequence')
    .limit(limit),
)

/** The change feed in SQL. */
export const changeStore = (db: Db): ChangeStore => ({
  append: (change) => db.atomic((inside) => append(inside, change)),

  async after(sequence, limit) {
    const { rows } = await after(db.read, [sequence, limit])
    return rows.map(toRecord)
  },

  async snapshot(now) {
    // The number first: what is committed in between comes again by the feed, nothing is missed.
    const sequence = await lastNumber(db.read, 'change')
    const rows = await db.read
      .selectFrom('change')
      .selectAll()
      .where('expires_at', '>=', now)
      .where('sequence', '<=', sequence)
      .orderBy('sequence')
      .execute()
    return { sequence, changes: rows.map(toRecord) }
  },

  head: () => lastNumber(db.read, 'change'),
  floor: () => lastNumber(db.read, 'change-floor'),
  sweep: (now, limit) => db.atomic((inside) => sweep(inside, now, limit)),
})

async function append(db: Db, change: NewChange): Promise<ChangeRecord> {
  const { tenant, kind, subject, issuedBefore, expiresAt, at } = change
  const sequence = await nextNumber(db, 'change')
  await db.write
    .insertInto('change')
    .values({
      sequence,
      tenant,
      kind,
      subject,
      issued_before: issuedBefore,
      expires_at: expiresAt,
      at,
    })
    .execute()
  db.announce()
  return { sequence, tenant, kind, subject, issuedBefore, expiresAt, at }
}

async function sweep({ write }: Db, now: number, limit: number): Promise<number> {
  const expired = write
    .selectFrom('change')
    .select('sequence')
    .where('expires_at', '<', now)
    .limit(limit)
  const gone = await write
    .deleteFrom('change')
    .where('sequence', 'in', expired)
    .returning('sequence')
    .execute()
  const last = gone.reduce((max, { sequence }) => Math.max(max, sequence), 0)
  await write
    .updateTable('counter')
    .set({ value: last })
    .where('name', '=', 'change-floor')
    .where('value', '<', last)
    .execute()
  return gone.length
}

const toRecord = (row: Schema['change']): ChangeRecord => ({
  sequence: row.sequence,
  tenant: row.tenant,
  kind: row.kind,
  subject: row.subject,
  issuedBefore: row.issued_before,
  expiresAt: row.expires_at,
  at: row.at,
})

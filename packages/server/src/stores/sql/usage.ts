import type { UsageStore } from '../../model/operation-store.ts'
import type { Db } from './db.ts'

/** Rows of one statement: well below the parameters that a database takes. */
const CHUNK = 500

interface Key {
  readonly credential_id: string
  readonly hour: number
}

const byKey = (left: Key, right: Key): number => {
  if (left.credential_id === right.credential_id) return left.hour - right.hour
  return left.credential_id < right.credential_id ? -1 : 1
}

/** Usage by hours in SQL. */
export const usageStore = (db: Db): UsageStore => ({
  async add(additions) {
    if (additions.length === 0) return
    // In one order everywhere: two nodes that add to the same rows wait, and do not deadlock.
    const rows = additions
      .map(({ credentialId, hour, uses }) => ({ credential_id: credentialId, hour, uses }))
      .toSorted(byKey)
    await db.atomic(
      async ({ write }) => {
        for (let start = 0; start < rows.length; start += CHUNK) {
          // oxlint-disable-next-line no-await-in-loop -- statements of one transaction
          await write
            .insertInto('credential_usage')
            .values(rows.slice(start, start + CHUNK))
            .onConflict((on) =>
              on.columns(['credential_id', 'hour']).doUpdateSet((row) => ({
                uses: row('credential_usage.uses', '+', row.ref('excluded.uses')),
              })),
            )
            .execute()
        }
      },
      { turn: 'none' },
    )
  },

  async series(credentialId, from, to) {
    const rows = await db.read
      .selectFrom('credential_usage')
      .select(['hour', 'uses'])
      .where('credential_id', '=', credentialId)
      .where('hour', '>=', from)
      .where('hour', '<', to)
      .orderBy('hour')
      .execute()
    return rows.map(({ hour, uses }) => ({ hour, uses }))
  },

  async sweep(before, limit) {
    const old = db.write
      .selectFrom('credential_usage')
      .select(['credential_id', 'hour'])
      .where('hour', '<', before)
      .orderBy('hour')
      .limit(limit)
      .as('old')
    const { numDeletedRows } = await db.write
      .deleteFrom('credential_usage')
      .where((row) =>
        row.exists(
          row
            .selectFrom(old)
            .select('old.hour')
            .whereRef('old.credential_id', '=', row.ref('credential_usage.credential_id'))
            .whereRef('old.hour', '=', row.ref('credential_usage.hour')),
        ),
      )
      .executeTakeFirstOrThrow()
    return Number(numDeletedRows)
  },
})

import { PostgresAdapter, sql, type RawBuilder } from 'kysely'
import type { LeadershipStore } from '../../model/operation-store.ts'
import type { Db, Sql } from './db.ts'

/** Milliseconds since the epoch, by the clock of the database: at the statement, not its transaction. */
const nowMs = (db: Sql): RawBuilder<number> =>
  db.getExecutor().adapter instanceof PostgresAdapter
    ? sql<number>`cast(floor(extract(epoch from clock_timestamp()) * 1000) as bigint)`
    : sql<number>`cast(unixepoch('subsec') * 1000 as integer)`

/** Terms of leadership in SQL. */
export const leadershipStore = ({ write }: Db): LeadershipStore => ({
  async hold(name, holder, ttlMs) {
    const now = nowMs(write)
    // Evaluated once the row is locked: of two nodes that take a lapsed term, the second sees the first.
    const { rows } = await sql<{ fence: number }>`
      insert into leadership (name, holder, fence, until_ms)
      values (${name}, ${holder}, 1, ${now} + ${sql.lit(ttlMs)})
      on conflict (name) do update set
        holder = excluded.holder,
        fence = leadership.fence + case
          when leadership.holder = excluded.holder and leadership.until_ms >= ${now} then 0 else 1 end,
        until_ms = ${now} + ${sql.lit(ttlMs)}
      where leadership.holder = excluded.holder or leadership.until_ms < ${now}
      returning fence`.execute(write)
    return rows[0]?.fence
  },

  async isCurrent(name, fence) {
    // A write, so that the row is locked: a successor waits for the commit of what depends on this.
    const { rows } = await sql<{ fence: number }>`
      update leadership set fence = fence
      where name = ${name} and fence = ${fence} and until_ms >= ${nowMs(write)}
      returning fence`.execute(write)
    return rows.length > 0
  },

  async release(name, fence) {
    await write
      .updateTable('leadership')
      .set({ until_ms: 0 })
      .where('name', '=', name)
      .where('fence', '=', fence)
      .execute()
  },
})

import { sql } from 'kysely'
import type { LimitDemand, LimitOutcome } from 'countersign'
import { burstOf, outcomeOf, seatDemands } from '../../limits/seating.ts'
import type { SharedLimitStore } from '../../model/limit-store.ts'
import type { Sql } from '../sql/db.ts'
import { sweepCounters } from '../sql/limits.ts'

interface Row {
  readonly now_ms: number
  readonly fits: readonly boolean[]
  readonly ats: readonly number[]
  readonly currents: readonly number[]
  readonly previouses: readonly number[]
}

/** Limits by the function of `limit-take.ts`: the time is the database's, whatever a node's clock says. */
export const postgresLimits = (db: Sql): SharedLimitStore => ({
  take: (demands) => decide(db, demands, true),
  peek: (demands) => decide(db, demands, false),
  sweep: (now, limit) => sweepCounters(db, now, limit),
})

async function decide(
  db: Sql,
  demands: readonly LimitDemand[],
  keep: boolean,
): Promise<LimitOutcome> {
  const { ids, seats } = seatDemands(demands)
  const policies = seats.map(({ policy }) => policy)
  const { rows } = await sql<Row>`select * from limit_take(
    ${ids}, ${seats.map(({ slot }) => slot + 1)}, ${policies.map(({ algorithm }) => algorithm)},
    ${policies.map(({ limit }) => limit)},
    ${policies.map(({ windowSeconds }) => windowSeconds * 1000)},
    ${policies.map(burstOf)}, ${seats.map(({ cost }) => cost)}, ${keep})`.execute(db)
  const [row] = rows
  if (row === undefined) throw new Error('limit_take answered nothing')
  const counters = row.ats.map((atMs, slot) => ({
    atMs,
    current: row.currents[slot] ?? 0,
    previous: row.previouses[slot] ?? 0,
  }))
  return outcomeOf(seats, { nowMs: row.now_ms, fits: row.fits, counters })
}

import {
  chargeAll,
  openCounter,
  type LimitDemand,
  type LimitOutcome,
  type SavedCounter,
} from 'countersign'
import { seatDemands } from '../../limits/seating.ts'
import type { SharedLimitStore } from '../../model/limit-store.ts'
import { prepare, type Db, type Sql } from './db.ts'

const byId = prepare((db, [id]: readonly [string]) =>
  db
    .selectFrom('limit_counter')
    .select(['id', 'at_ms as atMs', 'current', 'previous'])
    .where('id', '=', id),
)

/**
 * Limits where one process writes at a time: read, counted by the library and written back in one
 * transaction. The time is the process's, as all of them are on one machine.
 */
export const transactionLimits = (db: Db): SharedLimitStore => ({
  take: (demands, nowMs) =>
    db.atomic((inside) => decide(inside.write, demands, { nowMs, keep: true })),
  peek: (demands, nowMs) => decide(db.read, demands, { nowMs, keep: false }),
  sweep: (now, limit) => sweepCounters(db.write, now, limit),
})

/** Deletes counters that say nothing any more. */
export async function sweepCounters(db: Sql, now: number, limit: number): Promise<number> {
  const expired = db
    .selectFrom('limit_counter')
    .select('id')
    .where('expires_at', '<', now)
    .limit(limit)
  const { numDeletedRows } = await db
    .deleteFrom('limit_counter')
    .where('id', 'in', expired)
    // Once more: one that was charged meanwhile is not expired any more.
    .where('expires_at', '<', now)
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}

async function decide(
  db: Sql,
  demands: readonly LimitDemand[],
  { nowMs, keep }: { readonly nowMs: number; readonly keep: boolean },
): Promise<LimitOutcome> {
  const { ids, seats: places } = seatDemands(demands)
  const saved = await readCounters(db, ids)
  const slots = ids.map((id, slot) => {
    const policies = places.filter((place) => place.slot === slot).map(({ policy }) => policy)
    const [policy] = policies
    if (policy === undefined) throw new Error('a counter that nobody asked for')
    const counter = openCounter(policy, saved.get(id))
    for (const each of policies) counter.advance(each, nowMs)
    return { id, counter, policy }
  })
  const seats = places.flatMap(({ slot, policy, cost }) => {
    const counter = slots[slot]?.counter
    return counter === undefined ? [] : [{ policy, cost, counter }]
  })
  const outcome = chargeAll(seats, keep)
  if (outcome.allowed && keep) {
    const rows = slots.map(({ id, counter, policy }) => {
      const { atMs, current, previous } = counter.save()
      const endsMs = atMs + 2000 * policy.windowSeconds
      return { id, at_ms: atMs, current, previous, expires_at: Math.ceil(endsMs / 60_000) * 60 }
    })
    await writeCounters(db, rows)
  }
  return outcome
}

async function readCounters(
  db: Sql,
  ids: readonly string[],
): Promise<ReadonlyMap<string, SavedCounter>> {
  const found = await Promise.all(ids.map((id) => byId(db, [id])))
  return new Map(found.flatMap(({ rows }) => rows).map(({ id, ...counter }) => [id, counter]))
}

interface CounterRow {
  readonly id: string
  readonly at_ms: number
  readonly current: number
  readonly previous: number
  readonly expires_at: number
}

async function writeCounters(db: Sql, rows: readonly CounterRow[]): Promise<void> {
  await db
    .insertInto('limit_counter')
    .values(rows)
    .onConflict((on) =>
      on.column('id').doUpdateSet((eb) => ({
        at_ms: eb.ref('excluded.at_ms'),
        current: eb.ref('excluded.current'),
        previous: eb.ref('excluded.previous'),
        expires_at: eb.ref('excluded.expires_at'),
      })),
    )
    .execute()
}

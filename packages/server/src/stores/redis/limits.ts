import type { LimitDemand, LimitOutcome } from 'countersign'
import { burstOf, outcomeOf, seatDemands } from '../../limits/seating.ts'
import type { SharedLimitStore } from '../../model/limit-store.ts'
import type { RedisConnection } from './connection.ts'
import { LIMIT_TAKE } from './limit-take.ts'
import { run } from './script.ts'

/** Limits by one script per decision. Counters expire by themselves; nothing is swept. */
export const redisLimits = (connection: RedisConnection, prefix: string): SharedLimitStore => ({
  take: (demands) => decide({ connection, prefix }, demands, true),
  peek: (demands) => decide({ connection, prefix }, demands, false),
  sweep: async () => 0,
})

interface Place {
  readonly connection: RedisConnection
  readonly prefix: string
}

async function decide(
  { connection, prefix }: Place,
  demands: readonly LimitDemand[],
  keep: boolean,
): Promise<LimitOutcome> {
  const { ids, seats } = seatDemands(demands)
  const answer = numbersOf(
    await run(connection, LIMIT_TAKE, {
      // One slot for all: limits of one request are one step, whichever they are.
      keys: ids.map((id) => `{${prefix}:limits}:${id}`),
      values: [
        keep ? 1 : 0,
        ...seats.flatMap(({ slot, policy, cost }) => [
          slot + 1,
          policy.algorithm,
          policy.limit,
          policy.windowSeconds * 1000,
          burstOf(policy),
          cost,
        ]),
      ].map(String),
    }),
  )
  const [nowMs = 0] = answer
  const states = answer.slice(1 + seats.length)
  return outcomeOf(seats, {
    nowMs,
    fits: seats.map((_, index) => answer[index + 1] === 1),
    counters: ids.map((_, slot) => {
      const [atMs = 0, current = 0, previous = 0] = states.slice(slot * 3)
      return { atMs, current, previous }
    }),
  })
}

function numbersOf(answer: unknown): readonly number[] {
  if (Array.isArray(answer)) return answer.map(Number)
  throw new TypeError('the limit script answers a list')
}

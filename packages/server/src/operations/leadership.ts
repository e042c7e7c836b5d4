import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { StoreSession } from '../model/store.ts'
import type { LeadershipStore } from '../model/operation-store.ts'

/** A term of leadership: what is done in it is fenced. */
export interface Term {
  /** Higher than that of every term before it. */
  readonly fence: number
  /**
   * Call it first in every transaction that only a leader may commit. A process that was paused past
   * the end of its term throws here, and nothing of what it was late with happens; until the commit
   * nobody else can take over.
   *
   * @throws {@link LeadershipLostError}
   */
  confirm(session: Pick<StoreSession, 'leadership'>): Promise<void>
}

/** Another node leads now. What was about to be written was not. */
export class LeadershipLostError extends Error {
  override readonly name = 'LeadershipLostError'
}

/** Which of several nodes does the background work. */
export interface Leadership {
  /** Takes, keeps or leaves to another the leadership; the term if this node leads. */
  campaign(): Promise<Term | undefined>
  /** Whether this node led when it last asked. */
  readonly leads: boolean
  /** The fencing number of the last own term; 0 for none. */
  readonly fence: number
  /** Steps down, so that another node takes over at its next campaign. */
  resign(): Promise<void>
}

/** What leadership is made of. */
export interface LeadershipOptions {
  readonly store: { readonly leadership: LeadershipStore }
  readonly log: Logger
  /** How long a term lasts when it is not prolonged. @defaultValue 30 000, three rounds */
  readonly termMs?: number
}

const NAME = 'housekeeping'

/**
 * Leads by a row of the store: one conditional statement by the database's clock, so that it works
 * behind a pooler, and whatever the clocks of the nodes say. A session lock would not: a pooler in
 * transaction mode gives the session to somebody else.
 */
export function leadership({ store, log, termMs = 30_000 }: LeadershipOptions): Leadership {
  const holder = randomUUID()
  let fence = 0
  let leads = false
  const take = (next: number | undefined): void => {
    const led = leads
    leads = next !== undefined
    fence = next ?? fence
    if (led !== leads) log.debug({ fence }, leads ? 'this node leads' : 'another node leads')
  }
  return {
    async campaign() {
      try {
        take(await store.leadership.hold(NAME, holder, termMs))
      } catch (error) {
        take(undefined)
        throw error
      }
      return leads ? term(fence) : undefined
    },
    get leads() {
      return leads
    },
    get fence() {
      return fence
    },
    async resign() {
      if (!leads) return
      leads = false
      await store.leadership.release(NAME, fence)
    },
  }
}

const term = (fence: number): Term => ({
  fence,
  async confirm(session) {
    if (await session.leadership.isCurrent(NAME, fence)) return
    throw new LeadershipLostError(`the term ${fence} is over`)
  },
})

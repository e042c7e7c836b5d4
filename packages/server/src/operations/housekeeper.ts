import { setTimeout } from 'node:timers/promises'
import type { LocalRevocations } from '../context.ts'
import type { Leadership, Term } from './leadership.ts'
import { sweepRegistrations } from '../registration/sweep.ts'
import type { Services } from '../services.ts'

/** What is kept in order. */
export type Household = Pick<
  Services,
  'store' | 'signingKeys' | 'certificates' | 'clock' | 'log' | 'registration' | 'secrets' | 'brand'
> & {
  readonly revocations: LocalRevocations & { sweep(now: number): void }
  readonly leadership: Leadership
}

/** Runs the background work of an authority. */
export interface Housekeeper {
  /** One round: keys whose time has come, expired rows, expired revocations. */
  run(): Promise<void>
  /** Stops, and waits for a round under way. */
  close(): Promise<void>
}

/** Short enough that a new key list is read well within `reloadSeconds`. */
const INTERVAL_MS = 10_000
/** Rows a statement: a request waits for no longer than deleting these takes. */
const SWEEP_BATCH = 50
/** Between two statements, as a multiple of what the last one took: most of the time is for requests. */
const PAUSE = 4
/**
 * How long what is over is still known: a code or a refresh token that comes back after its expiry
 * is told from one that never was, and its family is still found.
 */
const TOMBSTONE_SECONDS = 86_400
/** A kind of rows has this share of a round; the next round goes on. Keys must not wait for long. */
const SHARE_MS = 4000

/** Starts the housekeeper. Its timer keeps no process alive. */
export function housekeeper(household: Household): Housekeeper {
  let round: Promise<void> | undefined
  const closing = new AbortController()
  const run = (): Promise<void> => {
    round ??= keepOrder(household, closing.signal).finally(() => {
      round = undefined
    })
    return round
  }
  const timer = setInterval(() => {
    run().catch((error: unknown) => {
      household.log.error({ err: error }, 'housekeeping failed; it is tried again')
    })
  }, INTERVAL_MS)
  timer.unref()
  return {
    run,
    close: async () => {
      clearInterval(timer)
      closing.abort()
      await round?.catch(() => {})
      // Another node need not wait for the end of the term; where the store has gone, it has to.
      await household.leadership.resign().catch(() => {})
    },
  }
}

/** A clock that is this far ahead of another node's sweeps nothing that the other still asks for. */
const CLOCK_SECONDS = 60
/** How long usage by hours is kept. */
const USAGE_SECONDS = 90 * 86_400
/** Records of expired certificates are kept this long: somebody may still look one up. */
const EXPIRED_CERTIFICATE_SECONDS = 7 * 86_400

async function keepOrder(household: Household, signal: AbortSignal): Promise<void> {
  const { signingKeys, certificates, revocations, clock, leadership } = household
  const now = Math.floor(clock() / 1000)
  revocations.sweep(now)
  const term = await leadership.campaign()
  await moveKeys({ signingKeys, certificates }, now, term)
  if (term === undefined) return
  const sweepAll = sweeper(signal)
  for (const sweep of sweeps(household, now - CLOCK_SECONDS)) {
    // Sweeping may take longer than a term; the next leader goes on where this one ends.
    // oxlint-disable-next-line no-await-in-loop -- one kind of rows after the other
    if (signal.aborted || (await leadership.campaign()) === undefined) return
    // oxlint-disable-next-line no-await-in-loop -- see above
    await sweepAll(sweep)
  }
  const { registration } = household
  if (registration === undefined) return
  await sweepRegistrations(household, now - registration.terms.unusedSeconds)
}

/** The leader moves keys and CAs; everybody else reads what it did. */
export async function moveKeys(
  { signingKeys, certificates }: Pick<Household, 'signingKeys' | 'certificates'>,
  now: number,
  term: Term | undefined,
): Promise<void> {
  if (term === undefined) {
    await signingKeys.refresh()
    await certificates?.refresh()
    return
  }
  await signingKeys.advance(now, term)
  await certificates?.advance(now, term)
}

type Sweep = (limit: number) => Promise<number>

/** What is over, kind by kind. None is harmed by being swept twice, or late. */
function sweeps({ store }: Household, now: number): readonly Sweep[] {
  const buried = now - TOMBSTONE_SECONDS
  return [
    (limit) => store.tokens.sweep(now, limit),
    (limit) => store.changes.sweep(now, limit),
    (limit) => store.replays.sweep(now, limit),
    (limit) => store.limits.sweep(now, limit),
    (limit) => store.certificateAuthorities.sweep(now - EXPIRED_CERTIFICATE_SECONDS, limit),
    (limit) => store.artefacts.sweep(buried, limit),
    (limit) => store.sessions.sweep(buried, limit),
    (limit) => store.tokens.sweepGrants(buried, limit),
    (limit) => store.usage.sweep(now - USAGE_SECONDS, limit),
  ]
}

/** Sweeps batch by batch, until nothing is left, the round has had its share, or it is told to end. */
const sweeper =
  (signal: AbortSignal) =>
  async (sweep: Sweep): Promise<void> => {
    const end = performance.now() + SHARE_MS
    while (performance.now() < end && !signal.aborted) {
      const start = performance.now()
      // oxlint-disable-next-line no-await-in-loop -- small batches, so that requests come between
      if ((await sweep(SWEEP_BATCH)) < SWEEP_BATCH) return
      // A store in this process answers without leaving the stack: waiting requests must be read.
      // oxlint-disable-next-line no-await-in-loop -- the pause is the point
      await setTimeout((performance.now() - start) * PAUSE)
    }
  }

import type { LimitOutcome } from 'countersign'

/** Whole seconds until the next try makes sense, or 0 where it was allowed: `Retry-After`. */
export const secondsToWait = ({ allowed, states }: LimitOutcome): number =>
  allowed ? 0 : Math.ceil(Math.max(1, ...states.map((state) => state.retryAfterSeconds)))

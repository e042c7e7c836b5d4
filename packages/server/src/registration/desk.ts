import { addressPrefix, type LimitPolicy, type LimitStore } from 'countersign'
import { secondsToWait } from '../limits/seconds-to-wait.ts'
import type { ResolvedRegistration } from './terms.ts'

/** Registration by clients themselves, where the operator wants it. */
export interface RegistrationDesk {
  readonly terms: ResolvedRegistration
  /** Counts a registration; seconds to wait where there were too many from there, or 0. */
  registeredFrom(address: string | undefined, nowMs: number): Promise<number>
  /** Counts a registration access token that was wrong, likewise. */
  refusedFrom(address: string | undefined, nowMs: number): Promise<number>
}

/** Wrong registration access tokens from one address prefix. Nobody guesses 190 bits; this is for the log. */
const REFUSED: LimitPolicy = {
  name: 'registration-failures',
  algorithm: 'sliding-window',
  limit: 60,
  windowSeconds: 60,
  onStoreFailure: 'local',
}

/** Makes the desk of an authority. */
export function registrationDesk(
  terms: ResolvedRegistration,
  limits: LimitStore,
): RegistrationDesk {
  const registered: LimitPolicy = {
    name: 'registrations',
    algorithm: 'sliding-window',
    limit: terms.perAddressHourly,
    windowSeconds: 3600,
    onStoreFailure: 'local',
  }
  return {
    terms,
    registeredFrom: (address, nowMs) => take(limits, { policy: registered, address, nowMs }),
    refusedFrom: (address, nowMs) => take(limits, { policy: REFUSED, address, nowMs }),
  }
}

async function take(
  limits: LimitStore,
  {
    policy,
    address,
    nowMs,
  }: {
    readonly policy: LimitPolicy
    readonly address: string | undefined
    readonly nowMs: number
  },
): Promise<number> {
  const key = `registration:${addressPrefix(address)}`
  return secondsToWait(await limits.take([{ policy, key, cost: 1 }], nowMs))
}

import { assertConfig } from 'countersign'
import type { SessionRecord } from '../model/authorization.ts'

/** How long sessions of people live, in seconds. */
export interface SessionLifetimes {
  /** Unused. @defaultValue 12 hours */
  readonly idleSeconds: number
  /** Since the person proved itself, however much they are used. @defaultValue 7 days */
  readonly lifetimeSeconds: number
}

/** Completes and checks. @throws ConfigError for lives that end before they begin. */
export function resolveSessions(given: Partial<SessionLifetimes> = {}): SessionLifetimes {
  const { idleSeconds = 43_200, lifetimeSeconds = 604_800 } = given
  assertConfig(
    idleSeconds >= 60 && lifetimeSeconds >= idleSeconds,
    'CS_CONFIG_SESSIONS',
    'sessions: idleSeconds must be 60 or more, and lifetimeSeconds at least as long',
  )
  return Object.freeze({ idleSeconds, lifetimeSeconds })
}

/** When a session that is used now is over: both lives in one number. */
export const expiryOf = (
  { idleSeconds, lifetimeSeconds }: SessionLifetimes,
  { createdAt, authentication }: Pick<SessionRecord, 'createdAt' | 'authentication'>,
  now: number,
): number => Math.min(now + idleSeconds, Math.max(createdAt, authentication.at) + lifetimeSeconds)

import type { Revocation, RevocationKind } from '../core/revocation.ts'
import type { ServerEvent } from './server-events.ts'

/** What the change feed says. */
export type FeedMessage =
  | {
      readonly event: 'snapshot'
      readonly sequence: number
      readonly revocations: readonly Revocation[]
    }
  | { readonly event: 'change'; readonly sequence: number; readonly revocation: Revocation }
  | { readonly event: 'heartbeat'; readonly sequence: number }

const KINDS: Readonly<Record<RevocationKind, true>> = {
  token: true,
  grant: true,
  principal: true,
  client: true,
  credential: true,
  key: true,
  tenant: true,
}

/**
 * Reads one event of the feed; undefined for events that a newer authority may send beside ours.
 *
 * @throws TypeError for an event of ours that cannot be read. Skipping it could skip a revocation:
 * the feed must count as broken instead.
 */
export function parseFeedMessage({ event, data }: ServerEvent): FeedMessage | undefined {
  if (event !== 'snapshot' && event !== 'change' && event !== 'heartbeat') return undefined
  const body = objectOf(JSON.parse(data))
  const sequence = integerOf(body['sequence'])
  if (event === 'heartbeat') return { event, sequence }
  if (event === 'change') return { event, sequence, revocation: revocationOf(body) }
  const { revocations } = body
  if (!Array.isArray(revocations)) throw new TypeError('feed: revocations is no list')
  const entries = revocations.map((entry: unknown) => revocationOf(objectOf(entry)))
  return { event, sequence, revocations: entries }
}

function revocationOf(body: Readonly<Record<string, unknown>>): Revocation {
  const { tenant, kind, subject, issuedBefore } = body
  if (typeof tenant !== 'string' || typeof subject !== 'string' || !isKind(kind)) {
    throw new TypeError('feed: a revocation names nothing that is known here')
  }
  const named = { tenant, kind, subject, expiresAt: integerOf(body['expiresAt']) }
  return issuedBefore === undefined || issuedBefore === null
    ? named
    : { ...named, issuedBefore: integerOf(issuedBefore) }
}

const isKind = (value: unknown): value is RevocationKind =>
  typeof value === 'string' && Object.hasOwn(KINDS, value)

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new TypeError('feed: this is no object')
  // An object of JSON: its members are unknown, and read as such.
  return value as Readonly<Record<string, unknown>>
}

function integerOf(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    throw new TypeError('feed: a number is missing')
  }
  return value
}

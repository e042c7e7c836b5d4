import type { Revocation } from 'countersign'
import type { ChangeRecord } from '../model/records.ts'

/** One change on the wire: the library's `Revocation` and its place in the feed. */
export interface FeedChange extends Revocation {
  readonly sequence: number
}

/** A change as verifiers read it. */
export function feedChange({
  sequence,
  at: _at,
  issuedBefore,
  ...named
}: ChangeRecord): FeedChange {
  return issuedBefore === null ? { sequence, ...named } : { sequence, ...named, issuedBefore }
}

/** Everything that is revoked now: where a verifier starts. */
export const snapshotMessage = (sequence: number, changes: readonly ChangeRecord[]): string =>
  message('snapshot', { sequence, revocations: changes.map(feedChange) }, sequence)

/** One change. Its `id` is the cursor to come back with. */
export const changeMessage = (change: ChangeRecord): string =>
  message('change', feedChange(change), change.sequence)

/** Nothing happened up to `sequence`, as of `now`: the reader is up to date. */
export const heartbeatMessage = (sequence: number, now: number): string =>
  message('heartbeat', { sequence, now }, sequence)

/**
 * JSON has no line breaks of its own, so one `data` line carries it whole.
 *
 * @see [HTML §9.2.6](https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation)
 */
const message = (event: string, data: unknown, id: number): string =>
  `event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`

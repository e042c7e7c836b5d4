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

/** Changes in one piece of a snapshot. */
const PIECE = 200

/**
 * Everything that is revoked now: where a verifier starts. One message in pieces, made as fast as the
 * reader reads: a hundred thousand revocations are 15 MB, and fifty verifiers come back at once.
 */
export function* snapshotMessage(
  sequence: number,
  changes: readonly ChangeRecord[],
): Generator<string, void> {
  yield `event: snapshot\nid: ${sequence}\ndata: {"sequence":${sequence},"revocations":[`
  for (let start = 0; start < changes.length; start += PIECE) {
    const piece = changes
      .slice(start, start + PIECE)
      .map((each) => JSON.stringify(feedChange(each)))
    yield `${start === 0 ? '' : ','}${piece.join()}`
  }
  yield ']}\n\n'
}

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

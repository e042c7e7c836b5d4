/**
 * One HTTP exchange in no server's terms. Endpoints read an {@link Exchange} and return an
 * `Answer`; two small bridges (fetch.ts, node.ts) carry them. The token endpoint is the busiest
 * path of an authority, and the WHATWG `Request` in front of it cost 16-30 % of its throughput.
 */
import type { RequestView } from 'countersign'

/** Why a body could not be read. */
export type BodyError = 'too-large' | 'not-utf8' | 'aborted'

/** A body as text, or why not. */
export type Body =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly error: BodyError }

/** A request as endpoints see it. Everything but `remoteAddress` is attacker-controlled. */
export interface Exchange extends RequestView {
  /** Reads the body once, at most `maxBytes` of it; more is an error and not a truncation. */
  body(maxBytes: number): Promise<Body>
}

/** What a server knows of the connection that a `Request` does not carry. */
export interface Connection {
  /** The peer's address, or undefined where the host does not tell. */
  readonly remoteAddress?: string | undefined
}

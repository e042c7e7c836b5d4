import type { MaybePromise } from '../core/maybe.ts'

/** The part of `fetch` that a wrapper keeps. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/** One try of one request. */
export interface Try {
  /** The request as it will be sent, but for what the proof adds. Its body is not to be read. */
  readonly request: Request
  /** What its body holds. */
  readonly body: Uint8Array<ArrayBuffer>
  /** Seconds since the epoch by the server's clock, as far as it is known. */
  readonly now: number
}

/** A way to prove who calls. */
export interface Proof {
  /** The fields to add. Asked anew on every try: a proof that was sent is used up. */
  attach(attempt: Try): MaybePromise<readonly (readonly [name: string, value: string])[]>
  /**
   * Learns from an answer: a nonce, a token that has expired.
   *
   * @returns true when the same request is worth one more try with what was learnt.
   */
  learn?(answer: Response): MaybePromise<boolean>
}

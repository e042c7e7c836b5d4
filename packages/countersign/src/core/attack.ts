import type { ReasonCode } from './reasons.ts'

/**
 * One attack as data: the credential a hostile client sends, and the reason it must be refused
 * with. Methods list theirs in `attacks.ts`; unit tests, the adapter contract and the live auditor
 * run the same rows. The status follows from the reason: `reasonOf(attack.reason).status`.
 */
export interface Attack {
  /** What is tried, in words: `alg none`, `audience as prefix`. Unique inside its table. */
  readonly name: string
  /** The line of SECURITY-REQUIREMENTS that it holds: `SR-041`. */
  readonly requirement?: string
  /** Fields beside those that any request has. A name may come twice. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** @defaultValue `GET` */
  readonly method?: string
  /** The `Host` that it claims, when the attack is about that. */
  readonly authority?: string
  /** The body it comes with. */
  readonly body?: Uint8Array | string
  /** The very same request was sent once before, by its owner, and accepted: this is the capture. */
  readonly captured?: boolean
  /** Request target, when the attack needs one of its own. */
  readonly target?: string
  /** How the request arrives, when the attack is about that. @defaultValue as the guard expects */
  readonly scheme?: 'http' | 'https'
  /** The row of {@link REASONS} that must refuse it. */
  readonly reason: ReasonCode
}

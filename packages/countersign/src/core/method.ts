import type { Credentials } from './credentials.ts'
import type { MaybePromise } from './maybe.ts'
import type { Confirmation, MethodName } from './principal.ts'
import type { RequestView } from './request.ts'
import type { Trace } from './trace.ts'
import type { Field } from './field.ts'
import type { Verdict } from './verdict.ts'

/** Where a credential travels. Two different places on one request are two credentials. */
export type CredentialLocation = 'authorization' | 'x-api-key' | 'tls' | 'signature' | 'query'

/** One request being authenticated. The guard makes it; methods only read it. */
export interface Attempt {
  readonly view: RequestView
  /** The `Authorization` header, already checked to be single and well formed. */
  readonly authorization: Credentials | undefined
  /** How the client reached us: `https` on this hop, or because a trusted proxy says so. */
  readonly scheme: 'http' | 'https'
  /** The client's address: the socket's peer, or what a trusted proxy reports. */
  readonly clientAddress: string | undefined
  /** Seconds since the epoch. */
  readonly now: number
  readonly trace: Trace | undefined
  /**
   * Keys whose possession this request proved beside its credential: by a DPoP proof, by a client
   * certificate. A method that finds its credential bound compares ({@link checkConfirmation}).
   */
  readonly proven?: Confirmation
}

/** What `WWW-Authenticate` says for a method (RFC 9110 §11.6.1). */
export interface Challenge {
  /** The scheme as written on the wire: `Bearer`. */
  readonly scheme: string
  /** Parameters beside `realm`; the guard adds `error`, `scope` and the decision's. */
  readonly parameters?: Readonly<Record<string, string>>
  /** Fields that stand beside the challenge: `Accept-Signature` (RFC 9421 §5). */
  readonly fields?: readonly Field[]
}

/**
 * One way to prove who calls. The contract is three-way: `absent` (nothing of mine here),
 * `accepted`, or `rejected` (mine, and bad: nobody else is asked).
 */
export interface Method {
  readonly name: MethodName
  readonly challenge: Challenge
  /** Schemes beside it that the method takes as well: `Bearer` for tokens that are bound to no key. */
  readonly alternatives?: readonly Challenge[]
  /**
   * Places of other credentials that this method takes into account itself, so that a request may
   * carry both: a bound token reads the client certificate. Without it two places are refused.
   */
  readonly besides?: readonly CredentialLocation[]
  /**
   * Where this request carries a credential of this method, found without verifying anything, or
   * undefined. Cheap, and never throws.
   */
  locate(attempt: Attempt): CredentialLocation | undefined
  /**
   * Verifies the credential that {@link Method.locate} found.
   *
   * @throws {@link UnavailableError} when keys, store or authority cannot be reached: the guard
   * answers 503. Everything that a caller can cause is a verdict.
   */
  verify(attempt: Attempt): MaybePromise<Verdict>
}

import { assertConfig } from '../../../core/errors.ts'
import type { MaybePromise } from '../../../core/maybe.ts'
import type { Attempt } from '../../../core/method.ts'
import type { Secret } from '../../../core/secret.ts'

/** What is read of a request to find its certificate. */
export type Presented = Pick<Attempt, 'view' | 'now' | 'trace'>

/** A proof, to be asked about requests. */
export interface ProofCheck {
  /** Reports whether the peer may be the proxy. From others no field is read. */
  readonly claims: (request: Presented) => boolean
  /** Reports whether a peer that may be the proxy is. */
  readonly proves: (request: Presented) => MaybePromise<boolean>
}

/** @throws {@link ConfigError} for what is no field name in lower case. */
export function assertProofField(field: string): void {
  assertConfig(
    /^[a-z][a-z0-9-]{1,63}$/.test(field),
    'CS_CONFIG_MTLS_PROOF_FIELD',
    'mtls: proof.field is a field name in lower case, such as "x-proxy-proof"',
  )
}

/** The secrets of a proof. @throws {@link ConfigError} for none, and for one that can be guessed. */
export function proofSecrets(secrets: readonly Secret[]): readonly string[] {
  const known = secrets.map((secret) => secret.reveal())
  assertConfig(
    known.length > 0 && known.every((secret) => /^[!-~]{32,512}$/.test(secret)),
    'CS_CONFIG_MTLS_PROOF_SECRET',
    'mtls: a proof has at least one secret of 32 to 512 visible characters: openssl rand -hex 32',
  )
  return known
}

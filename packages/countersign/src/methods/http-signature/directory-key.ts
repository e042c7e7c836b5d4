import { readRegistered, type RegisteredCredential } from '../../core/registered.ts'
import type { VerifyKey } from '../../jose/keys.ts'
import type { SignatureAlgorithm } from './algorithms.ts'
import type { KnownKey } from './look-up.ts'

/** A key that an agent publishes, bound to its one algorithm. Times are seconds since the epoch. */
export interface AgentKey {
  /** Its thumbprint: the `keyid` of what it signs. */
  readonly keyId: string
  readonly key: VerifyKey
  readonly algorithm: SignatureAlgorithm
  readonly notBefore: number | undefined
  readonly expiresAt: number | undefined
}

/** The keys of one directory, by their thumbprints. */
export type AgentKeys = ReadonlyMap<string, AgentKey>

/** A published key as the verification of a signature takes it: whose it is, what it may do. */
export function knownAgentKey(
  { key, algorithm, notBefore, expiresAt }: AgentKey,
  record: Omit<RegisteredCredential, 'notBefore' | 'expiresAt'>,
  now: number,
): KnownKey {
  const times = { notBefore: notBefore ?? null, expiresAt: expiresAt ?? null }
  return { ...readRegistered({ ...record, ...times }, 'http-signature', now), key, algorithm }
}

import { readRegistered, type RegisteredCredential } from '../../core/registered.ts'
import type { VerifyKey } from '../../jose/keys.ts'
import type { SignatureAlgorithm } from './algorithms.ts'
import type { SignedRequest } from './message.ts'
import type { KnownKey } from './source.ts'

/** Where an agent publishes its keys, at its origin. */
export const DIRECTORY_PATH = '/.well-known/http-message-signatures-directory'

/** What it publishes them as. */
export const DIRECTORY_TYPE = 'application/http-message-signatures-directory+json'

/** The `tag` of the signatures of a directory. */
export const DIRECTORY_TAG = 'http-message-signatures-directory'

/** What each key signs of the answer it stands in: for whom it is (RFC 9421 §2.4). */
export const DIRECTORY_AUTHORITY = '@authority;req'

const none = (): readonly string[] => []

/** The request that a directory answers. */
export const directoryRequest = (authority: string): SignedRequest => ({
  method: 'GET',
  scheme: 'https',
  authority,
  target: DIRECTORY_PATH,
  header: none,
  trailer: none,
})

/** Whose secrets would be everybody's: there is no HMAC in this profile. */
export const AGENT_ALGORITHMS: readonly Exclude<SignatureAlgorithm, 'hmac-sha256'>[] =
  Object.freeze(['ed25519', 'ecdsa-p256-sha256', 'ecdsa-p384-sha384', 'rsa-pss-sha512'])

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

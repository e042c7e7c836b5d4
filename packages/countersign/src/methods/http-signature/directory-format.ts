import type { SignatureAlgorithm } from './algorithms.ts'
import type { SignedRequest } from './message.ts'

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

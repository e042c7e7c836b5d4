import {
  credentialPattern,
  parseCredential,
  type CredentialParts,
} from '../../core/credential-format.ts'
import { err, type Result } from '../../core/result.ts'

/** What an API key says about itself; nothing of it is proven. */
export type ParsedApiKey = CredentialParts

/** Why a text is no API key. */
export type ApiKeyFormatError = 'api-key.malformed' | 'api-key.checksum-invalid'

/**
 * Environments that name other credentials of the same grammar, and no API keys: access and refresh
 * tokens, client secrets, codes, pushed requests, device codes, requests under way, sessions.
 */
const RESERVED: readonly string[] = ['at', 'rt', 'cs', 'ac', 'pr', 'dc', 'ix', 'ss']

/** Reports whether an environment belongs to tokens and client secrets, not to API keys. */
export const isReservedEnvironment = (environment: string): boolean =>
  RESERVED.includes(environment)

/**
 * Parses an API key: `<brand>_<environment>_<id>_<secret><crc>`. Checks, in order: form, checksum.
 *
 * Needs no I/O, and proves nothing: anybody can compute a checksum.
 *
 * @param text - Attacker-controlled, of any length.
 */
export function parseApiKey(text: string): Result<ParsedApiKey, ApiKeyFormatError> {
  const parsed = parseCredential(text)
  return parsed.ok ? parsed : err(`api-key.${parsed.error}` as const)
}

/**
 * A regular expression that finds the API keys of a brand in any text, for secret scanners.
 * Confirm a hit with {@link parseApiKey}.
 */
export const apiKeyPattern = (brand: string, environments?: readonly string[]): RegExp =>
  credentialPattern(brand, environments)

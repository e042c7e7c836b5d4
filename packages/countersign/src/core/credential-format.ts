/**
 * The one grammar of every credential that is generated rather than chosen: API keys, opaque
 * tokens, refresh tokens, client secrets.
 *
 * ```text
 * acme_live_4fJ2k9QmXw0Z_<32 characters of secret><6 characters of CRC-32>
 * brand env  public id    190 bits
 * ```
 *
 * Everything after the environment is base62. The public id finds the record without an index over
 * secrets and may be logged. The checksum covers all that stands before it, so that a mistyped or
 * truncated credential is refused before any look-up, and a scanner has few false positives.
 */
import { crc32 } from './crc32.ts'
import { assertConfig } from './errors.ts'
import { err, ok, type Result } from './result.ts'

/** What a credential says about itself. None of it is proven before the digest was compared. */
export interface CredentialParts {
  /** Which installation issued it. */
  readonly brand: string
  /** `live`, `test`, …; `at` and `rt` are access and refresh tokens, `cs` is a client secret. */
  readonly environment: string
  /** Public id: unique, not secret, safe to log. */
  readonly id: string
}

/** Why a text is no credential of this grammar. */
export type CredentialFormatError = 'malformed' | 'checksum-invalid'

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** Lengths of the parts that are generated, in characters of 5.95 bits. */
export const CREDENTIAL_LENGTHS = { id: 12, secret: 32 } as const
const CRC_LENGTH = 6

const BRAND = /^[a-z][a-z0-9]{1,15}$/
const ENVIRONMENT = /^[a-z]{2,16}$/
const CREDENTIAL = /^([a-z][a-z0-9]{1,15})_([a-z]{2,16})_([0-9A-Za-z]{12})_[0-9A-Za-z]{38}$/
/** The longest credential; keeps a hostile header out of the regular expression. */
const MAX_LENGTH = 85

/**
 * Parses a credential. Checks, in order: length, separators and alphabet, checksum.
 *
 * Does not check who issued it, and proves nothing: the secret has yet to be compared.
 *
 * @param text - Attacker-controlled, of any length.
 */
export function parseCredential(text: string): Result<CredentialParts, CredentialFormatError> {
  const match = text.length > MAX_LENGTH ? null : CREDENTIAL.exec(text)
  if (match === null) return err('malformed')
  const covered = text.length - CRC_LENGTH
  if (crc32(text, covered) !== fromBase62(text, covered)) return err('checksum-invalid')
  const [, brand = '', environment = '', id = ''] = match
  return ok({ brand, environment, id })
}

/**
 * Writes a credential from its parts and its secret, with the checksum that belongs to them.
 *
 * @param secret - 32 base62 characters.
 */
export function serializeCredential(parts: CredentialParts, secret: string): string {
  const { brand, environment, id } = parts
  const covered = `${brand}_${environment}_${id}_${secret}`
  return covered + toBase62(crc32(covered))
}

/** Throws a {@link ConfigError} unless a text can be a brand: 2 to 16 of `a-z0-9`, letter first. */
export function assertBrand(brand: string): void {
  assertConfig(
    BRAND.test(brand),
    'CS_CONFIG_BRAND_INVALID',
    `brand: "${brand}" must be 2 to 16 lower-case letters and digits, starting with a letter`,
  )
}

/** Throws a {@link ConfigError} unless a text can be an environment: 2 to 16 of `a-z`. */
export function assertEnvironment(environment: string): void {
  assertConfig(
    ENVIRONMENT.test(environment),
    'CS_CONFIG_ENVIRONMENT_INVALID',
    `environment: "${environment}" must be 2 to 16 lower-case letters`,
  )
}

/**
 * A regular expression that finds credentials of a brand in any text, for secret scanners
 * (gitleaks, TruffleHog, secretlint, GitHub's partner programme). Confirm a hit with
 * {@link parseCredential}: the checksum takes nearly all false positives away.
 */
export function credentialPattern(brand: string, environments?: readonly string[]): RegExp {
  assertBrand(brand)
  for (const environment of environments ?? []) assertEnvironment(environment)
  const environment = environments === undefined ? '[a-z]{2,16}' : `(?:${environments.join('|')})`
  const secret = `[0-9A-Za-z]{${CREDENTIAL_LENGTHS.secret + CRC_LENGTH}}`
  // \b is no border beside "_", so the neighbours are spelled out.
  const source = `${brand}_${environment}_[0-9A-Za-z]{${CREDENTIAL_LENGTHS.id}}_${secret}`
  return new RegExp(`(?<![0-9A-Za-z_])${source}(?![0-9A-Za-z_])`, 'g')
}

function fromBase62(text: string, start: number): number {
  let value = 0
  for (let index = start; index < text.length; index += 1) {
    value = value * 62 + ALPHABET.indexOf(text.charAt(index))
  }
  return value
}

function toBase62(value: number): string {
  let text = ''
  for (let rest = value; text.length < CRC_LENGTH; rest = Math.floor(rest / 62)) {
    text = ALPHABET.charAt(rest % 62) + text
  }
  return text
}

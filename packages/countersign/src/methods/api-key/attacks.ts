import type { Attack } from '../../core/attack.ts'
import {
  CREDENTIAL_LENGTHS,
  parseCredential,
  serializeCredential,
  type CredentialParts,
} from '../../core/credential-format.ts'
import { assertConfig } from '../../core/errors.ts'
import { mintCredential } from '../../core/mint-credential.ts'
import { randomBase62 } from '../../core/random.ts'
import type { ReasonCode } from '../../core/reasons.ts'
import type { Secret } from '../../core/secret.ts'

/** What the attacks are made of: one good key, and keys that were good or are good elsewhere. */
export interface ApiKeyAttackMaterial {
  /** A key that the guard under attack accepts. */
  readonly key: Secret
  /** What is stored of it: a stolen table. */
  readonly digest: string
  readonly revoked: Secret
  readonly expired: Secret
  readonly notYetValid: Secret
  /** A good key whose networks do not hold the attacker's address. */
  readonly elsewhere: Secret
}

const REQUIREMENT = 'SR-201'

const inHeader = (name: string, key: string, reason: ReasonCode): Attack => ({
  name,
  requirement: REQUIREMENT,
  headers: [['x-api-key', key]],
  reason,
})

/**
 * Attacks on an API that takes keys of one brand and environment. Every one must be refused with
 * its reason, over HTTP and below it.
 */
export function apiKeyAttacks(material: ApiKeyAttackMaterial): readonly Attack[] {
  const key = material.key.reveal()
  const parts = partsOf(key)
  return [
    ...spelling(key, parts),
    ...forgery(key, parts, material.digest),
    ...lifecycle(material),
    ...places(key, parts),
  ]
}

/**
 * The same, for what an HTTP server answers itself before it asks anybody: Node refuses NUL with 400
 * and headers above 16 KiB with 431. Below HTTP the method stands alone.
 */
export function apiKeyRawAttacks(material: ApiKeyAttackMaterial): readonly Attack[] {
  const key = material.key.reveal()
  return [
    inHeader('64 KiB header', key + 'a'.repeat(65_536), 'api-key.malformed'),
    inHeader('64 KiB of separators', '_'.repeat(65_536), 'api-key.malformed'),
    inHeader('NUL in the key', `${key.slice(0, -1)}\u0000`, 'api-key.malformed'),
    inHeader('key and NUL', `${key}\u0000`, 'api-key.malformed'),
    inHeader('line break after the key', `${key}\r\n`, 'api-key.malformed'),
    inHeader('space after the key', `${key} `, 'api-key.malformed'),
    inHeader('full-width digits', key.replaceAll(/\d/g, fullWidth), 'api-key.malformed'),
    inHeader('zero-width space', `\u200b${key}`, 'api-key.malformed'),
    inHeader('lone surrogate', `${key.slice(0, -1)}\ud800`, 'api-key.malformed'),
  ]
}

const fullWidth = (digit: string): string => String.fromCharCode(0xff10 + Number(digit))

/** Everything before the look-up: none of these may cost one. */
function spelling(key: string, { brand, environment, id }: CredentialParts): readonly Attack[] {
  const otherBrand = mintCredential({ brand: `${brand}x`.slice(-16), environment })
  return [
    inHeader('empty key', '', 'api-key.malformed'),
    inHeader('truncated', key.slice(0, -1), 'api-key.malformed'),
    inHeader('key plus suffix', `${key}123`, 'api-key.malformed'),
    inHeader('key plus one character', `${key}0`, 'api-key.malformed'),
    inHeader('key without checksum', key.slice(0, -6), 'api-key.malformed'),
    inHeader('non-ASCII', `${key.slice(0, -1)}é`, 'api-key.malformed'),
    inHeader('percent-encoded', key.replaceAll('_', '%5F'), 'api-key.malformed'),
    inHeader('quoted', `"${key}"`, 'api-key.malformed'),
    inHeader('wildcard id', key.replace(id, '%%%%%%%%%%%%'), 'api-key.malformed'),
    inHeader('SQL in the id', key.replace(id, `' OR 1=1 -- `), 'api-key.malformed'),
    inHeader('two keys in one header', `${key}, ${key}`, 'api-key.malformed'),
    inHeader('other brand', otherBrand.credential.reveal(), 'api-key.malformed'),
    inHeader(
      'upper-case brand',
      brand.toUpperCase() + key.slice(brand.length),
      'api-key.malformed',
    ),
    inHeader('one character changed', changeLast(key), 'api-key.checksum-invalid'),
    inHeader('two characters swapped', swapSecret(key), 'api-key.checksum-invalid'),
  ]
}

const changeLast = (key: string): string => key.slice(0, -1) + (key.endsWith('0') ? '1' : '0')

/** Swaps the first two different neighbours of the secret: the usual slip of a typist. */
function swapSecret(key: string): string {
  const start = key.lastIndexOf('_') + 1
  let at = start
  while (key.charAt(at) === key.charAt(at + 1)) at += 1
  return key.slice(0, at) + key.charAt(at + 1) + key.charAt(at) + key.slice(at + 2)
}

/** What a checksum cannot stop, because anybody can compute it. */
function forgery(key: string, parts: CredentialParts, digest: string): readonly Attack[] {
  const secret = secretOf(key)
  const otherEnvironment = parts.environment === 'test' ? 'live' : 'test'
  return [
    { ...inHeader('hash as key', digest, 'api-key.malformed'), requirement: 'SR-202' },
    {
      ...inHeader(
        'hash as secret, CRC repaired',
        serializeCredential(parts, asSecret(digest)),
        'api-key.secret-mismatch',
      ),
      requirement: 'SR-202',
    },
    inHeader(
      'wrong secret, CRC repaired',
      serializeCredential(parts, randomBase62(CREDENTIAL_LENGTHS.secret)),
      'api-key.secret-mismatch',
    ),
    inHeader(
      'one character of the secret changed, CRC repaired',
      serializeCredential(parts, changeLast(secret)),
      'api-key.secret-mismatch',
    ),
    inHeader(
      'secret under another id, CRC repaired',
      serializeCredential({ ...parts, id: randomBase62(CREDENTIAL_LENGTHS.id) }, secret),
      'api-key.unknown',
    ),
    inHeader('unknown key', mintCredential(parts).credential.reveal(), 'api-key.unknown'),
    inHeader(
      'other environment, CRC repaired',
      serializeCredential({ ...parts, environment: otherEnvironment }, secret),
      'api-key.environment-mismatch',
    ),
    inHeader(
      'client secret as key',
      mintCredential({ ...parts, environment: 'cs' }).credential.reveal(),
      'api-key.environment-mismatch',
    ),
    inHeader(
      'access token as key',
      mintCredential({ ...parts, environment: 'at' }).credential.reveal(),
      'api-key.environment-mismatch',
    ),
  ]
}

const asSecret = (digest: string): string =>
  digest.replaceAll(/[^0-9A-Za-z]/g, '0').slice(0, CREDENTIAL_LENGTHS.secret)

const lifecycle = (material: ApiKeyAttackMaterial): readonly Attack[] => [
  inHeader('revoked', material.revoked.reveal(), 'api-key.revoked'),
  inHeader('expired', material.expired.reveal(), 'api-key.expired'),
  inHeader('not yet valid', material.notYetValid.reveal(), 'api-key.not-yet-valid'),
  inHeader('other network', material.elsewhere.reveal(), 'api-key.network-denied'),
]

const bearer = (value: string): readonly [string, string] => ['authorization', `Bearer ${value}`]

const at = (name: string, headers: Attack['headers'], reason: ReasonCode): Attack => ({
  name,
  requirement: 'SR-401',
  headers,
  reason,
})

const inQuery = (name: string, query: string): Attack => ({
  name,
  requirement: 'SR-202',
  headers: [],
  target: `/?${query}`,
  reason: 'request.credential-in-query',
})

const TWICE: ReasonCode = 'request.multiple-credentials'
const UNSUPPORTED: ReasonCode = 'request.unsupported-credential'

/** The good key, where keys do not belong, or next to another credential. */
function places(key: string, { brand, environment }: CredentialParts): readonly Attack[] {
  const other = mintCredential({ brand, environment }).credential.reveal()
  return [
    at(
      'two headers, one key',
      [
        ['x-api-key', key],
        ['x-api-key', key],
      ],
      TWICE,
    ),
    at(
      'two headers, two keys',
      [
        ['x-api-key', key],
        ['x-api-key', other],
      ],
      TWICE,
    ),
    at('header and Bearer', [['x-api-key', key], bearer(key)], TWICE),
    at(
      'header and Basic',
      [
        ['x-api-key', key],
        ['authorization', 'Basic YTpi'],
      ],
      TWICE,
    ),
    at('two Bearer headers', [bearer(key), bearer(key)], 'request.duplicate-authorization'),
    at('two keys in Bearer, comma', [bearer(`${key},${other}`)], 'api-key.malformed'),
    at('two keys in Bearer, space', [bearer(`${key} ${other}`)], 'api-key.malformed'),
    at('key as scheme', [['authorization', key]], 'request.malformed-authorization'),
    at('key as Basic', [['authorization', `Basic ${btoa(`${key}:`)}`]], UNSUPPORTED),
    at('hash-like key in Bearer', [bearer('0'.repeat(43))], UNSUPPORTED),
    inQuery('query key', `api_key=${key}`),
    inQuery('query key, other name and case', `API-Key=${key}`),
    inQuery('query key under any name', `q=${key}`),
    inQuery('query key, percent-encoded', `q=${key.replaceAll('_', '%5f')}`),
    inQuery('query parameter without a key', 'apikey=anything'),
  ]
}

const secretOf = (key: string): string => {
  const start = key.lastIndexOf('_') + 1
  return key.slice(start, start + CREDENTIAL_LENGTHS.secret)
}

function partsOf(key: string): CredentialParts {
  const parsed = parseCredential(key)
  assertConfig(parsed.ok, 'CS_CONFIG_ATTACK_MATERIAL', 'attacks: material.key must be a good key')
  return parsed.value
}

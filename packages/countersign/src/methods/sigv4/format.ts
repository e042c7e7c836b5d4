/** The two forms on the wire: the `Authorization` header and the presigned query. */
import { LruCache } from '../../core/lru.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { splitPair } from './canonical.ts'
import { parseCredential, type SigV4Credential } from './scope.ts'

/** The scheme, in lower case as the guard hands it over. */
export const SIGV4_SCHEME = 'aws4-hmac-sha256'

/** What an `Authorization` value says. */
export interface SigV4Authorization extends SigV4Credential {
  /** Lower-case names, sorted, each once. */
  readonly signedHeaders: readonly string[]
  /** 64 lower-case hexadecimal digits. */
  readonly signature: string
}

/** What a presigned query says. */
export interface SigV4Query extends SigV4Authorization {
  readonly amzDate: string
  /** 1 to 604,800 seconds. */
  readonly lifetimeSeconds: number
  readonly sessionToken: string | undefined
  readonly payload: string | undefined
}

/** Longest `Authorization` value and longest presigned target that is read. */
export const MAX_SIGV4_LENGTH = 8192
/** A week: the longest that the scheme itself knows. */
export const MAX_PRESIGN_SECONDS = 604_800
const MAX_SIGNED_HEADERS = 64

const AUTHORIZATION = /^Credential=([^,\s]+), ?SignedHeaders=([^,\s]+), ?Signature=([0-9a-f]+)$/
const HEXADECIMAL = /^[0-9a-f]+$/
const SIGNATURE_LENGTH = 64
/** A field name in lower case (RFC 9110 §5.6.2). */
const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/
const EXPIRES = /^[1-9][0-9]{0,5}$/

/**
 * Parses the value of `Authorization: AWS4-HMAC-SHA256`: three parts in the order that every signer
 * writes them, each once.
 *
 * @param value - Attacker-controlled, of any length.
 */
export function parseAuthorization(value: string): Result<SigV4Authorization, 'sigv4.malformed'> {
  const [, credential = '', names = '', signature = ''] =
    value.length > MAX_SIGV4_LENGTH ? [] : (AUTHORIZATION.exec(value) ?? [])
  return assemble(credential, names, signature)
}

function assemble(
  credential: string,
  names: string,
  signature: string,
): Result<SigV4Authorization, 'sigv4.malformed'> {
  const parsed = parseCredential(credential)
  const signedHeaders = readNames(names)
  if (!parsed.ok || signedHeaders === undefined || signature.length !== SIGNATURE_LENGTH) {
    return err('sigv4.malformed')
  }
  const { accessKeyId, scope } = parsed.value
  return ok({ accessKeyId, scope, signedHeaders, signature })
}

/** Lists of names by their text: a signer sends the same one every time. */
const lists = new LruCache<string, readonly string[]>(1000)

function readNames(text: string): readonly string[] | undefined {
  const known = lists.peek(text)
  if (known !== undefined) return known
  const names = text.split(';')
  if (!areSigned(names)) return undefined
  lists.set(text, names)
  return names
}

/** Sorted and each once: one set of headers has one spelling. */
const areSigned = (names: readonly string[]): boolean =>
  names.length <= MAX_SIGNED_HEADERS &&
  names.every((name, index) => NAME.test(name) && (index === 0 || (names[index - 1] ?? '') < name))

const MARKS = /[?&]X-Amz-(?:Algorithm|Credential|Signature|SignedHeaders|Expires)=/i

/** Reports whether a target carries parts of a presigned query. Says nothing of their form. */
export const isPresigned = (target: string): boolean =>
  target.includes('?') && MARKS.test(target.slice(0, MAX_SIGV4_LENGTH))

const PARAMETERS: ReadonlySet<string> = new Set([
  'X-Amz-Algorithm',
  'X-Amz-Content-Sha256',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-Security-Token',
  'X-Amz-Signature',
  'X-Amz-SignedHeaders',
])

/**
 * Parses a presigned query. Names are case-sensitive and written plainly; each comes once.
 *
 * @param query - Without the question mark. Attacker-controlled, of any length.
 */
export function parsePresigned(query: string): Result<SigV4Query, 'sigv4.malformed'> {
  const found = readParameters(query)
  const value = (name: string): string => found?.get(name) ?? ''
  const expires = value('X-Amz-Expires')
  const signature = value('X-Amz-Signature')
  if (value('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256' || !EXPIRES.test(expires)) {
    return err('sigv4.malformed')
  }
  const lifetimeSeconds = Number(expires)
  const signed = assemble(value('X-Amz-Credential'), value('X-Amz-SignedHeaders'), signature)
  if (!signed.ok || !HEXADECIMAL.test(signature) || lifetimeSeconds > MAX_PRESIGN_SECONDS) {
    return err('sigv4.malformed')
  }
  return ok({
    ...signed.value,
    amzDate: value('X-Amz-Date'),
    lifetimeSeconds,
    sessionToken: found?.get('X-Amz-Security-Token'),
    payload: found?.get('X-Amz-Content-Sha256'),
  })
}

/** The parameters of the scheme, decoded; undefined when one comes twice or cannot be decoded. */
function readParameters(query: string): ReadonlyMap<string, string> | undefined {
  if (query.length > MAX_SIGV4_LENGTH) return undefined
  const found = new Map<string, string>()
  for (const pair of query.split('&')) {
    const [name, raw] = splitPair(pair)
    if (!PARAMETERS.has(name)) continue
    const value = decode(raw)
    if (value === undefined || found.has(name)) return undefined
    found.set(name, value)
  }
  return found
}

function decode(raw: string): string | undefined {
  try {
    return decodeURIComponent(raw)
  } catch {
    return undefined
  }
}

import { digest } from '#crypto'
import { equalDigests } from '../../core/constant-time.ts'
import { map, type MaybePromise } from '../../core/maybe.ts'
import type { HashName } from '../../crypto/seam.ts'
import { readDictionary } from './fields.ts'

/** The digests of RFC 9530 §5 that are not broken. */
export type DigestAlgorithm = 'sha-256' | 'sha-512'

const HASHES: Readonly<Record<DigestAlgorithm, HashName>> = {
  'sha-256': 'sha256',
  'sha-512': 'sha512',
}
const ALGORITHMS: readonly DigestAlgorithm[] = ['sha-256', 'sha-512']

/**
 * Makes the `Content-Digest` of a body: the bytes as they are sent, content coding included.
 *
 * @see [RFC 9530 §2](https://www.rfc-editor.org/rfc/rfc9530#section-2)
 */
export const contentDigest = (
  body: Uint8Array | string,
  algorithm: DigestAlgorithm = 'sha-256',
): MaybePromise<string> =>
  map(digest(HASHES[algorithm], body, 'base64'), (text) => `${algorithm}=:${text}:`)

/** `unreadable`: no dictionary, or no digest that is known and a byte sequence. */
export type DigestOutcome = 'match' | 'mismatch' | 'unreadable'

/**
 * Compares a body with the values of its `Content-Digest`. Every digest that is known must match:
 * a good one beside a bad one is two claims about one body. Broken and unknown algorithms count for
 * nothing.
 */
export function checkContentDigest(
  values: readonly string[],
  body: Uint8Array,
): MaybePromise<DigestOutcome> {
  const algorithm = plainAlgorithm(values)
  if (algorithm === undefined) return checkMembers(values, body)
  const [sent = ''] = values
  return map(contentDigest(body, algorithm), (made) =>
    made === sent ? 'match' : checkMembers(values, body),
  )
}

/** Of the form that nearly every signer writes, which can be compared as it stands. */
function plainAlgorithm([first = '', ...others]: readonly string[]): DigestAlgorithm | undefined {
  if (others.length > 0) return undefined
  return ALGORITHMS.find((name) => first.startsWith(`${name}=:`))
}

function checkMembers(values: readonly string[], body: Uint8Array): MaybePromise<DigestOutcome> {
  const members = readDictionary(values)
  const known = ALGORITHMS.filter((name) => members?.has(name) === true)
  if (members === undefined || known.length === 0) return 'unreadable'
  const claims = known.map((name) => ({ name, claimed: base64Of(members.get(name)?.[0]) }))
  const compare = (index: number): MaybePromise<DigestOutcome> => {
    const claim = claims[index]
    if (claim === undefined) return 'match'
    const { name, claimed } = claim
    if (claimed === undefined) return 'unreadable'
    return map(digest(HASHES[name], body, 'base64'), (actual) =>
      equalDigests(actual, claimed) ? compare(index + 1) : 'mismatch',
    )
  }
  return compare(0)
}

function base64Of(value: unknown): string | undefined {
  if (!(value instanceof ArrayBuffer)) return undefined
  const bytes = Array.from(new Uint8Array(value), (byte) => String.fromCharCode(byte))
  return btoa(bytes.join(''))
}

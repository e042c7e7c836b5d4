import { err, ok, type Result } from '../core/result.ts'
import { isPrivateJwk } from '../crypto/public-part.ts'
import type { Jwk } from '../crypto/seam.ts'
import { isObject } from './json.ts'
import { sharedKids } from './key-set.ts'
import { importVerifyKey, type VerifyKey } from './keys.ts'

/** A key of a published set, and the text it came from. */
export interface PublishedKey {
  readonly key: VerifyKey
  /** The JWK as text: a key that did not change stays the same object, and tokens stay cached. */
  readonly text: string
}

/** How a published set is read. */
export interface JwkSetRules {
  /** The algorithm of keys without `alg`. */
  readonly algorithm: string | undefined
  readonly maxKeys: number
  /** Keys of the last reading. */
  readonly known: readonly PublishedKey[]
}

/**
 * Reads a JWK set that somebody published. Keys we cannot use are left out, not fatal: issuers
 * publish encryption keys and algorithms of tomorrow beside ours (RFC 7517 §5).
 *
 * Left out are also: secrets and private keys (what is published is known to everybody), weak keys,
 * and keys that share `kid` and algorithm with another one.
 *
 * @param document - From the network: any JSON.
 */
export async function readJwkSet(
  document: unknown,
  rules: JwkSetRules,
): Promise<Result<{ readonly keys: readonly PublishedKey[]; readonly ignored: number }, string>> {
  const entries = isObject(document) ? document['keys'] : undefined
  if (!Array.isArray(entries)) return err('the document is no JWK set')
  if (entries.length > rules.maxKeys) return err(`the document has ${entries.length} keys`)
  const read = await Promise.all(entries.map((entry: unknown) => readKey(entry, rules)))
  const usable = read.filter((key) => key !== undefined)
  const shared = sharedKids(usable.map(({ key }) => key))
  const keys = usable.filter(({ key }) => key.kid === undefined || !shared.has(key.kid))
  return ok({ keys, ignored: entries.length - keys.length })
}

async function readKey(
  jwk: unknown,
  { algorithm, known }: JwkSetRules,
): Promise<PublishedKey | undefined> {
  if (!isObject(jwk) || jwk['kty'] === 'oct' || isPrivateJwk(jwk)) return undefined
  const text = JSON.stringify(jwk)
  const same = known.find((candidate) => candidate.text === text)
  if (same !== undefined) return same
  try {
    return { key: await importVerifyKey(keyInput(jwk, algorithm)), text }
  } catch {
    return undefined
  }
}

/** The configured algorithm is for RSA keys that name none; a key that names one keeps it. */
const keyInput = (
  jwk: Jwk,
  algorithm: string | undefined,
): Parameters<typeof importVerifyKey>[0] =>
  algorithm !== undefined && jwk['alg'] === undefined && jwk['kty'] === 'RSA'
    ? { jwk, algorithm }
    : { jwk }

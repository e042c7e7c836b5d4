import { map, type MaybePromise } from '../../core/maybe.ts'
import { isPrivateJwk } from '../../crypto/public-part.ts'
import type { JwsAlgorithm } from '../../jose/algorithms.ts'
import { isObject } from '../../jose/json.ts'
import { importVerifyKey, type VerifyKey } from '../../jose/keys.ts'
import type { DpopPolicy } from './options.ts'
import { canonicalJwk, jwkThumbprint } from '../../jose/thumbprint.ts'

/** The key that a proof brings along. Nothing is known of it but that it can verify. */
export interface CandidateKey {
  /** Algorithm and canonical JWK. */
  readonly name: string
  readonly jkt: string
  readonly key: VerifyKey
}

/**
 * Reads the `jwk` of a proof as a public key of the algorithm. Undefined for a private key (whoever
 * sends one has published it), a symmetric one, one that says it is for something else, and one that
 * is weak or that the runtime does not take.
 *
 * Only the members of the thumbprint are imported, so that the key which verifies is the one that
 * is named.
 *
 * @param jwk - Attacker-controlled.
 */
export function findKey(
  { keys }: DpopPolicy,
  algorithm: JwsAlgorithm,
  jwk: unknown,
): MaybePromise<CandidateKey | undefined> {
  if (!isObject(jwk) || isPrivateJwk(jwk) || 'k' in jwk) return undefined
  const canonical = canonicalJwk(jwk)
  if (canonical === undefined || !isForSigning(jwk, algorithm)) return undefined
  const name = `${algorithm.name} ${canonical}`
  const known = keys.get(name)
  if (known !== undefined) return { name, ...known }
  return map(importKey(canonical, algorithm), (key) =>
    map(jwkThumbprint(jwk), (jkt) =>
      key === undefined || jkt === undefined ? undefined : { name, jkt, key },
    ),
  )
}

/** Keeps the key of a proof whose signature was good: strangers cannot push out the keys of others. */
export const rememberKey = ({ keys }: DpopPolicy, { name, jkt, key }: CandidateKey): void => {
  if (keys.peek(name) === undefined) keys.set(name, { jkt, key })
}

/** RFC 7517 §4.2 to §4.4: a key may say what it is for. */
function isForSigning(jwk: Readonly<Record<string, unknown>>, { name }: JwsAlgorithm): boolean {
  const { alg = name, use = 'sig', key_ops: operations = ['verify'] } = jwk
  return alg === name && use === 'sig' && Array.isArray(operations) && operations.includes('verify')
}

const refuse = (): undefined => undefined

function importKey(
  canonical: string,
  { name: algorithm }: JwsAlgorithm,
): MaybePromise<VerifyKey | undefined> {
  try {
    // canonicalJwk made it: an object of texts.
    const jwk = JSON.parse(canonical) as Readonly<Record<string, string>>
    const made = importVerifyKey({ jwk, algorithm })
    return made instanceof Promise ? made.catch(refuse) : made
  } catch {
    // A ConfigError elsewhere; here the key is the caller's.
    return refuse()
  }
}

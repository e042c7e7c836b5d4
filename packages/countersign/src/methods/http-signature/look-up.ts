import { ConfigError, UnavailableError } from '../../core/errors.ts'
import type { LeaseCache, Leased } from '../../core/lease.ts'
import { map, type MaybePromise } from '../../core/maybe.ts'
import { readRegistered, type Registered } from '../../core/registered.ts'
import { importVerifyKey, type VerifyKey } from '../../jose/keys.ts'
import { jwsNameOf, signatureAlgorithmOf, type SignatureAlgorithm } from './algorithms.ts'
import type { RemoteSigningKey, SigningCredential, SigningKeySource } from './source.ts'

/** A registered key, ready to verify with its one algorithm. */
export interface KnownKey extends Registered {
  readonly key: VerifyKey
  readonly algorithm: SignatureAlgorithm
}

/** What a look-up found; `undefined` where no key is registered. */
export type LookedUpKey = KnownKey | 'withheld' | undefined

/** Looks a key up, or believes a lease on it. */
export function lookUpKey(
  source: SigningKeySource,
  leases: LeaseCache<LookedUpKey>,
  { keyId, now }: { readonly keyId: string; readonly now: number },
): MaybePromise<LookedUpKey> {
  return leases.get(keyId, now, () =>
    map(source.find(keyId), (record) => {
      if (record === undefined) return { value: undefined }
      return 'withheld' in record ? { value: 'withheld' as const } : leaseOf(record, now)
    }),
  )
}

function leaseOf(
  record: SigningCredential | RemoteSigningKey,
  now: number,
): MaybePromise<Leased<LookedUpKey>> {
  // A change at the authority is told apart from the look-up by the clock that both are made by.
  const seenAt = 'asOf' in record ? record.asOf : now
  const registered = readRegistered(record, 'http-signature', seenAt)
  const { revoked, expiresAt, facts } = registered
  return map(importKey(record), (imported) => {
    const value: KnownKey = { ...registered, ...imported }
    // What is over already is remembered briefly; the rest while it may be used.
    return revoked || expiresAt <= now ? { value } : { value, expiresAt, facts }
  })
}

type ImportedKey = Pick<KnownKey, 'key' | 'algorithm'>

/** Importing a key costs as much as verifying with it, and rows often hold the same object. */
const imports = new WeakMap<object, ImportedKey>()

/** An unusable row is the operator's mistake: a 503 and a name, not an open door. */
function importKey(record: SigningCredential): MaybePromise<ImportedKey> {
  const material = 'secret' in record ? record.secret : record.publicJwk
  const known = imports.get(material)
  if (known !== undefined && (record.algorithm ?? known.algorithm) === known.algorithm) return known
  const refuse = (error: unknown): never => {
    if (!(error instanceof ConfigError)) throw error
    throw new UnavailableError('credential', `credential ${record.id}: ${error.message}`)
  }
  try {
    const imported = map(importVerifyKey(keyInputOf(record)), (key) => {
      const made = bound(key)
      // Bytes can be overwritten in place; a Secret and a JWK are not.
      if (!(material instanceof Uint8Array)) imports.set(material, made)
      return made
    })
    return imported instanceof Promise ? imported.catch(refuse) : imported
  } catch (error) {
    return refuse(error)
  }
}

/**
 * A public key never becomes an HMAC secret: the row says which kind it is, `publicJwk` holds no
 * secret, and the key is bound to one algorithm before any caller names one.
 */
function keyInputOf(record: SigningCredential): Parameters<typeof importVerifyKey>[0] {
  if ('secret' in record) {
    const { secret } = record
    const bytes = secret instanceof Uint8Array ? secret : secret.reveal()
    return { secret: bytes, algorithm: jwsNameOf('hmac-sha256'), kid: record.id }
  }
  const { publicJwk: jwk, algorithm } = record
  if (jwk['kty'] === 'oct')
    throw new ConfigError('CS_CONFIG_KEY_INVALID', 'publicJwk is a secret; give it as secret')
  return algorithm === undefined ? { jwk } : { jwk, algorithm: jwsNameOf(algorithm) }
}

function bound(key: VerifyKey): ImportedKey {
  const algorithm = signatureAlgorithmOf(key.algorithm.identity)
  if (algorithm === undefined)
    throw new ConfigError('CS_CONFIG_KEY_INVALID', `RFC 9421 has no ${key.algorithm.name}`)
  return { key, algorithm }
}

import { hash } from 'node:crypto'
import { ConfigError, type Clock } from 'countersign'
import { remoteKeySet, staticKeySet, type KeySet } from 'countersign/jwt'
import type { ClientSettings } from '../model/client-settings.ts'
import type { Profile } from '../profiles/profile.ts'

/** A JSON Web Key, public. */
export type PublicJwk = Readonly<Record<string, unknown>>

/** The keys of one client. */
export interface ClientKeys extends KeySet {
  /**
   * The public keys as they were registered or published, for comparing certificates with them.
   *
   * @throws `UnavailableError` when they cannot be fetched and none are at hand.
   */
  jwks(): Promise<readonly PublicJwk[]>
}

/** What {@link keysOfClient} reads of a client. */
export type KeySettings = Pick<ClientSettings, 'jwks' | 'jwksUri'>

/** Sets kept; each is some public keys. */
const MAX_SETS = 1000

/** What key sets are made with. */
export interface KeySetContext {
  readonly clock: Clock
  readonly profile: Pick<Profile, 'algorithms'>
  readonly outbound: { readonly allowPrivateHosts: readonly string[]; readonly allowHttp: boolean }
}

/** Finds the keys of a client; see {@link keysOfClient}. */
export type ClientKeySets = (settings: KeySettings) => ClientKeys | undefined

/** Makes the memory of key sets of an authority: bounded, the least recently used leaves first. */
export function clientKeySets(context: KeySetContext): ClientKeySets {
  const sets = new Map<string, ClientKeys>()
  return (settings) => {
    const { jwks, jwksUri } = settings
    if (jwks === null && jwksUri === null) return undefined
    const name = hash('sha256', JSON.stringify([jwks, jwksUri]), 'base64url')
    const set = sets.get(name) ?? makeKeys(context, settings)
    sets.delete(name)
    sets.set(name, set)
    const [oldest] = sets.keys()
    if (sets.size > MAX_SETS && oldest !== undefined) sets.delete(oldest)
    return set
  }
}

/**
 * The keys of a client: those that are registered with it, or those that it publishes, fetched under
 * guard and fetched again for a `kid` nobody has seen. Undefined for a client without keys.
 *
 * Sets are found by what they were made of (the keys, or the address): a client whose registration
 * changes has other ones at once, in every process.
 *
 * @returns keys whose `find` throws `UnavailableError` while published ones cannot be fetched.
 */
export const keysOfClient = (
  { clientKeys }: { readonly clientKeys: ClientKeySets },
  settings: KeySettings,
): ClientKeys | undefined => clientKeys(settings)

function makeKeys(context: KeySetContext, { jwks, jwksUri }: KeySettings): ClientKeys {
  const algorithm = rsaAlgorithm(context.profile.algorithms)
  if (jwksUri === null || jwks !== null) return registeredKeys(jwks?.keys ?? [], algorithm)
  const { allowPrivateHosts, allowHttp } = context.outbound
  const { clock } = context
  try {
    return remoteKeySet({
      url: jwksUri,
      algorithm,
      allowPrivateHosts,
      clock,
      unsafe: { allowHttp },
    })
  } catch (error) {
    // An address that will never be fetched proves nobody; registration cannot know them all.
    if (error instanceof ConfigError) return registeredKeys([], algorithm)
    throw error
  }
}

/** The one algorithm of RSA keys that name none. */
const rsaAlgorithm = (algorithms: readonly string[]): string =>
  algorithms.includes('RS256') ? 'RS256' : 'PS256'

function registeredKeys(keys: readonly PublicJwk[], algorithm: string): ClientKeys {
  const set = staticOf(
    keys.filter((jwk) => problemOf(jwk, algorithm) === undefined),
    algorithm,
  )
  return { find: (wanted, kid) => set.find(wanted, kid), jwks: () => Promise.resolve(keys) }
}

const NOTHING: KeySet = { find: () => undefined }

/** Keys that cannot be told apart prove nothing. Registration refuses them; this is for old ones. */
function staticOf(keys: readonly PublicJwk[], algorithm: string): KeySet {
  try {
    return keys.length === 0 ? NOTHING : staticKeySet(keys.map((jwk) => inputOf(jwk, algorithm)))
  } catch (error) {
    if (error instanceof ConfigError) return NOTHING
    throw error
  }
}

const inputOf = (jwk: PublicJwk, algorithm: string) =>
  jwk['alg'] === undefined && jwk['kty'] === 'RSA' ? { jwk, algorithm } : { jwk }

/** Members that only private keys have (RFC 7518 §6). */
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']

/** What is wrong with a key for verifying signatures, in words, if anything. */
function problemOf(jwk: PublicJwk, algorithm: string): string | undefined {
  if (jwk['kty'] === 'oct') return 'It is a secret; register public keys.'
  if (PRIVATE.some((member) => Object.hasOwn(jwk, member))) {
    return 'It is a private key; keep it, and register its public part.'
  }
  try {
    staticKeySet([inputOf(jwk, algorithm)])
    return undefined
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return 'It is no usable public signature key; RSA has 2048 bits or more.'
  }
}

/**
 * Checks keys that somebody wants to register: public, usable, of an algorithm that is taken, and
 * told apart by their `kid`.
 *
 * @returns where the fault lies below `/jwks` and what it is, or undefined.
 */
export function checkKeys(
  keys: readonly PublicJwk[],
  algorithms: readonly string[],
): { readonly pointer: string; readonly message: string } | undefined {
  const algorithm = rsaAlgorithm(algorithms)
  for (const [index, jwk] of keys.entries()) {
    const { alg } = jwk
    const taken = alg === undefined || algorithms.some((name) => name === alg)
    const message = problemOf(jwk, algorithm) ?? (taken ? undefined : notTaken(algorithms))
    if (message !== undefined) return { pointer: `/keys/${index}`, message }
  }
  const isUsable = keys.length > 0 && staticOf(keys, algorithm) !== NOTHING
  const message = 'Register at least one key, and give each its own kid.'
  return isUsable ? undefined : { pointer: '/keys', message }
}

const notTaken = (algorithms: readonly string[]): string =>
  `Its alg is not taken here; write one of ${algorithms.join(', ')}.`

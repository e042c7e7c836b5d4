import { ConfigError } from '../core/errors.ts'
import { map, type MaybePromise } from '../core/maybe.ts'
import type { Jwk } from '../crypto/seam.ts'
import type { JwsAlgorithm } from './algorithms.ts'
import { importVerifyKey, type KeyInput, type VerifyKey } from './keys.ts'

/** The keys of one issuer. Implement it to take keys from elsewhere. */
export interface KeySet {
  /**
   * The one key that can have signed a token, or undefined. Synchronous while the key is in memory.
   *
   * A key fits when it is bound to the algorithm and has the `kid`; a key without `kid` fits any.
   * Without `kid` in the token, or with several keys that fit, there must be exactly one: trying
   * keys in turn would let a caller choose how much work a refusal costs.
   *
   * @param kid - From an unverified header: compared, never interpreted.
   * @throws {@link UnavailableError} when the source of the keys cannot be reached.
   */
  find(algorithm: JwsAlgorithm, kid: string | undefined): MaybePromise<VerifyKey | undefined>
}

/** Keys in memory, by algorithm and `kid`. */
export class KeyTable {
  readonly #byIdentity: ReadonlyMap<string, AlgorithmKeys>
  /** All keys held. */
  readonly keys: readonly VerifyKey[]

  constructor(keys: readonly VerifyKey[]) {
    const byIdentity = new Map<string, VerifyKey[]>()
    for (const key of keys) {
      const { identity } = key.algorithm
      byIdentity.set(identity, [...(byIdentity.get(identity) ?? []), key])
    }
    this.keys = keys
    this.#byIdentity = new Map([...byIdentity].map(([name, group]) => [name, indexKeys(group)]))
  }

  /** See {@link KeySet.find}. */
  find({ identity }: JwsAlgorithm, kid: string | undefined): VerifyKey | undefined {
    const group = this.#byIdentity.get(identity)
    if (group === undefined) return undefined
    return kid === undefined ? group.only : (group.byKid.get(kid) ?? group.unnamed)
  }
}

interface AlgorithmKeys {
  readonly byKid: ReadonlyMap<string, VerifyKey>
  /** The one key without `kid`, if there is exactly one. */
  readonly unnamed: VerifyKey | undefined
  /** The one key, if there is exactly one. */
  readonly only: VerifyKey | undefined
}

function indexKeys(keys: readonly VerifyKey[]): AlgorithmKeys {
  const unnamed = keys.filter(({ kid }) => kid === undefined)
  const byKid = new Map<string, VerifyKey>()
  for (const key of keys) if (key.kid !== undefined) byKid.set(key.kid, key)
  return {
    byKid,
    unnamed: unnamed.length === 1 ? unnamed[0] : undefined,
    only: keys.length === 1 ? keys[0] : undefined,
  }
}

/** The `kid`s that several keys of one algorithm share: such keys cannot be told apart (SR-050). */
export function sharedKids(keys: readonly VerifyKey[]): ReadonlySet<string> {
  const seen = new Set<string>()
  const shared = new Set<string>()
  for (const { kid, algorithm } of keys) {
    if (kid === undefined) continue
    const name = `${algorithm.identity} ${kid}`
    if (seen.has(name)) shared.add(kid)
    seen.add(name)
  }
  return shared
}

/** A JWK set as an issuer publishes it. */
export interface JwkSet {
  readonly keys: readonly Jwk[]
}

/**
 * Makes a key set of keys that are known in advance.
 *
 * @param source - Keys, or a whole JWK set. Every key must be usable: a wrong one is a mistake of
 * whoever configured it.
 * @throws {@link ConfigError} for an unusable key, two keys that cannot be told apart, and secrets
 * beside public keys. On runtimes whose import is asynchronous a key that only the runtime refuses
 * is found at the first use.
 *
 * @example
 * ```ts
 * const keys = staticKeySet([{ pem: publicKeyPem, algorithm: 'ES256', kid: '2026-01' }])
 * ```
 */
export function staticKeySet(source: readonly KeyInput[] | JwkSet): KeySet {
  const imported = inputsOf(source).map(importVerifyKey)
  let table: MaybePromise<KeyTable> = imported.some((key) => key instanceof Promise)
    ? settle(imported)
    : // None of them is a promise.
      tableOf(imported as readonly VerifyKey[])
  const find = (ready: KeyTable, algorithm: JwsAlgorithm, kid: string | undefined) => {
    // From the second use on nobody waits for an import that is done.
    table = ready
    return ready.find(algorithm, kid)
  }
  return { find: (algorithm, kid) => map(table, (ready) => find(ready, algorithm, kid)) }
}

/** An array has a member `keys` too: its iterator. */
const inputsOf = (source: readonly KeyInput[] | JwkSet): readonly KeyInput[] =>
  'length' in source ? source : source.keys.map((jwk) => ({ jwk }))

function settle(imported: readonly MaybePromise<VerifyKey>[]): Promise<KeyTable> {
  const table = Promise.all(imported.map((key) => Promise.resolve(key))).then(tableOf)
  // The first use reports it; until then nobody may be listening.
  table.catch(() => undefined)
  return table
}

function tableOf(keys: readonly VerifyKey[]): KeyTable {
  const shared = [...sharedKids(keys)]
  const secrets = keys.filter(({ algorithm }) => algorithm.keyType === 'oct').length
  if (keys.length === 0) throw invalid('there is no key')
  if (shared.length > 0) throw invalid(`several keys have the kid ${shared.join(', ')}`)
  if (secrets > 0 && secrets < keys.length)
    throw invalid('secrets and public keys together; give each issuer one kind')
  return new KeyTable(keys)
}

const invalid = (message: string): ConfigError =>
  new ConfigError('CS_CONFIG_KEY_SET_INVALID', `staticKeySet: ${message}`)

import { hash } from 'node:crypto'
import { ConfigError, type Clock } from 'countersign'
import { remoteKeySet, type KeySet } from 'countersign/jwt'
import { rsaAlgorithm, usableKeys, type PublicJwk } from '../credentials/client-key-rules.ts'
import type { Outbound } from '../http/outbound.ts'
import type { ClientSettings } from '../model/client-settings.ts'
import type { Profile } from '../profiles/profile.ts'

export { checkKeys } from '../credentials/client-key-rules.ts'

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
  readonly outbound: Outbound
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

function registeredKeys(keys: readonly PublicJwk[], algorithm: string): ClientKeys {
  const set = usableKeys(keys, algorithm)
  return { find: (wanted, kid) => set.find(wanted, kid), jwks: () => Promise.resolve(keys) }
}

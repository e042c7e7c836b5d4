import { map, type Method } from 'countersign'
import { jwt, staticKeySet, type KeySet } from 'countersign/jwt'
import { SIGNING_ALGORITHMS } from '../keys/rules.ts'
import type { ManagedSigningKeys } from '../keys/signing-keys.ts'
import type { Services } from '../services.ts'

/** Whose access tokens a desk accepts, and for which API. */
export interface LocalIssuer {
  readonly tenant: string
  readonly issuer: string
  readonly audience: string | readonly string[]
}

/** JWT access tokens of a tenant, verified with the keys that this process holds. */
export function jwtMethod(
  { signingKeys, signing, revocations }: Pick<Services, 'signingKeys' | 'signing' | 'revocations'>,
  { tenant, issuer, audience }: LocalIssuer,
): Method {
  return jwt({
    issuer,
    audience,
    tenant,
    algorithms: SIGNING_ALGORITHMS,
    keys: localKeySet(signingKeys, tenant),
    maxLifetimeSeconds: signing.maxTokenSeconds,
    revocations,
  })
}

/** A key set that is the tenant's published keys of now: rotation needs no restart. */
function localKeySet(signingKeys: ManagedSigningKeys, tenant: string): KeySet {
  const imported = new WeakMap<object, KeySet>()
  return {
    find: (algorithm, kid) =>
      map(signingKeys.published(tenant), (set) => {
        const keys = imported.get(set) ?? staticKeySet(set)
        imported.set(set, keys)
        return keys.find(algorithm, kid)
      }),
  }
}

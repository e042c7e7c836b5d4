import type { PrincipalRecord } from '../model/records.ts'
import type { AssertionPlace, TrustedAssertion } from './assertion.ts'

/**
 * The principal that an assertion speaks of: by the function of its issuer, by user name, or by id.
 * Undefined for nobody, for who was revoked, and for clients, which prove themselves otherwise.
 */
export async function assertedPrincipal(
  place: AssertionPlace,
  assertion: TrustedAssertion,
): Promise<PrincipalRecord | undefined> {
  const found = await findNamed(place, assertion)
  const good = found !== undefined && found.revokedAt === null && found.kind !== 'client'
  return good ? found : undefined
}

async function findNamed(
  { services: { store }, tenant }: AssertionPlace,
  { issuer, claims, subject }: TrustedAssertion,
): Promise<PrincipalRecord | undefined> {
  if (issuer.usernameClaim !== undefined) {
    const username = claims[issuer.usernameClaim]
    if (typeof username !== 'string') return undefined
    return store.principals.findByUsername(tenant.id, username.normalize('NFC'))
  }
  const id = issuer.principal === undefined ? subject : await issuer.principal(claims)
  return id === undefined ? undefined : store.principals.find(tenant.id, id)
}

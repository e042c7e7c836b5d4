import { randomId } from 'countersign'
import { intersectScopes } from '../checks/scope-intersection.ts'
import type { Authentication } from '../model/grant-facts.ts'
import type { GrantRecord, PrincipalRecord } from '../model/records.ts'
import type { StoreSession } from '../model/store.ts'
import type { Tenant } from '../tenants/directory.ts'
import type { TrustedAssertion } from './assertion.ts'
import type { AssertedClaims } from './options.ts'

/** What a client is granted on the word of an issuer. */
export interface AssertedGrant {
  readonly tenant: Tenant
  readonly assertion: TrustedAssertion
  readonly person: PrincipalRecord
  readonly clientId: string
  readonly scopes: readonly string[]
  readonly audience: string
  /** Seconds since the epoch. */
  readonly now: number
  readonly expiresAt: number
}

/** The most that may be granted: to the issuer, to the person, and by the assertion where it says. */
export function assertedScopes(
  { issuer, claims }: TrustedAssertion,
  { scopes }: PrincipalRecord,
): readonly string[] {
  const said = claims['scope']
  const most = intersectScopes(issuer.scopes, scopes)
  return typeof said === 'string' ? intersectScopes(most, said.split(' ')) : most
}

/** The grant, so that it can be seen and revoked like any other. */
export const grantOfAssertion = (asserted: AssertedGrant): GrantRecord => ({
  tenant: asserted.tenant.id,
  id: randomId('grt'),
  clientId: asserted.clientId,
  principalId: asserted.person.id,
  scopes: asserted.scopes,
  audiences: [asserted.audience],
  sessionId: null,
  facts: authenticationOf(asserted.assertion.claims),
  createdAt: asserted.now,
  expiresAt: asserted.expiresAt,
  revokedAt: null,
})

/** Stores the grant with the line in the audit log that says on whose word. */
export async function insertAssertedGrant(
  session: StoreSession,
  grant: GrantRecord,
  { issuer: { issuer } }: TrustedAssertion,
): Promise<void> {
  const { tenant, id, clientId, scopes, audiences, createdAt } = grant
  await session.tokens.insertGrant(grant)
  await session.events.append({
    tenant,
    type: 'grant.created',
    actor: clientId,
    subject: id,
    data: { client: clientId, scopes, audiences, issuer },
    at: createdAt,
  })
}

/** How the person proved itself there, if the issuer says. */
function authenticationOf({ auth_time: at, amr, acr }: AssertedClaims): {
  readonly authentication?: Authentication
} {
  if (typeof at !== 'number') return {}
  const methods = Array.isArray(amr) ? amr.filter((each) => typeof each === 'string') : []
  return {
    authentication: { at, amr: methods, ...(typeof acr === 'string' ? { acr } : {}) },
  }
}

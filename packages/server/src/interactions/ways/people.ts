import type { AuthorizationCall } from '../../authorization/call.ts'
import { SYSTEM_ACTOR } from '../../credentials/actor.ts'
import { createPrincipal } from '../../credentials/principals.ts'
import type { PrincipalRecord } from '../../model/records.ts'
import type { PeoplePolicy } from './policy.ts'

/** Somebody, as whoever vouches says. */
export interface Outsider {
  readonly issuer: string
  readonly subject: string
  readonly claims: Readonly<Record<string, unknown>>
}

/**
 * The user name of somebody from outside: issuer and subject, and nothing else, because an e-mail
 * address changes hands (OpenID Connect Core §5.7). An issuer has no `#`, so no two are one. There is
 * no password under it.
 */
export const outsiderName = ({ issuer, subject }: Omit<Outsider, 'claims'>): string =>
  `${issuer}#${subject}`

/**
 * The user of somebody from outside: known, or made now where the policy says so. Undefined where it
 * does not, and for a user who was revoked.
 */
export async function personOf(
  call: AuthorizationCall,
  outsider: Outsider,
  policy: PeoplePolicy = {},
): Promise<PrincipalRecord | undefined> {
  const { services, tenant } = call
  const username = outsiderName(outsider)
  const known = await services.store.principals.findByUsername(tenant.id, username)
  if (known !== undefined) return known.revokedAt === null ? known : undefined
  const made = policy.create && mapped(outsider, policy, policy.create.scopes)
  if (made === undefined) return undefined
  const input = { tenant: tenant.id, kind: 'user', username, ...made } as const
  const created = await createPrincipal(services, input, SYSTEM_ACTOR)
  if (created.ok) return created.value
  // Of two tabs one was first.
  return services.store.principals.findByUsername(tenant.id, username)
}

function mapped(
  { subject, claims }: Outsider,
  { mapUser = () => ({}) }: PeoplePolicy,
  usual: readonly string[],
) {
  const user = mapUser(claims)
  if (user === undefined) return undefined
  const claimed = typeof claims['name'] === 'string' ? claims['name'].trim().slice(0, 200) : ''
  return { name: user.name ?? (claimed || subject), scopes: user.scopes ?? usual }
}

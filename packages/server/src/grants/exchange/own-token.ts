import { checkConfirmation } from 'countersign'
import type { GrantRecord } from '../../model/records.ts'
import type { KnownToken } from '../../tokens/known-token.ts'
import { isActive } from '../../tokens/read.ts'
import { livingGrant } from '../family.ts'
import type { GrantRequest } from '../grant.ts'

/** An access token of this tenant that is good now, in the hands of who may use it. */
export interface UsableToken {
  readonly token: KnownToken
  /** Its grant, where it has one. */
  readonly grant: GrantRecord | undefined
}

/**
 * Reads an access token that a client presents as subject or actor. Checks, in order: it was issued by
 * this tenant; not expired, not revoked; the key that it is bound to, which this request has to prove,
 * or whoever found a bound token could have one that is not (RFC 9700 §2.2.1); its grant and its
 * principal live.
 *
 * @param text - Attacker-controlled.
 */
export async function usableToken(
  { services, tenant, confirmation, now }: GrantRequest,
  text: string,
): Promise<UsableToken | undefined> {
  const token = await services.tokens.read(tenant, text, now)
  if (token === undefined || token.kind === 'refresh') return undefined
  if (!isActive(token, services.revocations, now)) return undefined
  const attempt = { proven: confirmation, trace: undefined }
  if (checkConfirmation(token.confirmation, attempt) === 'unproven') return undefined
  const { grantId, principalId } = token
  if (grantId !== undefined) {
    const living = await livingGrant(services, tenant, { grantId, now })
    return living === undefined ? undefined : { token, grant: living.grant }
  }
  const principal = await services.store.principals.find(tenant.id, principalId)
  return principal?.revokedAt === null ? { token, grant: undefined } : undefined
}

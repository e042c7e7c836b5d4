import {
  accepted,
  assertFresh,
  checkConfirmation,
  rejected,
  type Attempt,
  type Method,
  type Principal,
  type Verdict,
} from 'countersign'
import type { Services } from '../services.ts'
import type { Tenant } from '../tenants/directory.ts'
import type { KnownToken } from '../tokens/known-token.ts'

/**
 * Access tokens of a tenant's issuer, for any audience: for endpoints of the issuer that a token opens
 * by a scope, as `openid` opens userinfo. Both formats. Checks, in order: it was issued here (signature
 * or digest, and `typ`: an ID token is none), it is no refresh token, revoked, expiry, binding.
 *
 * Does not check the audience, and so is no way into an API: whoever receives a token can ask here.
 * Does not check scopes; does not prove a key: wrap it in `dpop` and `certificateBound`.
 */
export function issuedToken(services: Services, tenant: Tenant): Method {
  return Object.freeze<Method>({
    name: 'opaque',
    challenge: { scheme: 'Bearer' },
    locate: ({ authorization }) =>
      authorization?.scheme === 'bearer' ? 'authorization' : undefined,
    verify: async (attempt) => {
      const text = attempt.authorization?.value ?? ''
      const known = await services.tokens.read(tenant, text, attempt.now)
      const issued = known !== undefined && known.kind !== 'refresh'
      attempt.trace?.check('opaque.active', issued)
      return issued ? judge(services, attempt, known) : rejected('opaque.inactive')
    },
  })
}

function judge({ revocations }: Services, attempt: Attempt, known: KnownToken): Verdict {
  const { id, expiresAt, confirmation } = known
  const { trace, now } = attempt
  assertFresh(revocations, now)
  const revoked = revocations.find({ ...known, tokenId: id }) !== undefined
  trace?.check('opaque.revoked', !revoked)
  if (revoked) return rejected('opaque.revoked', { id })
  trace?.check('opaque.expiry', expiresAt > now, expiresAt, now)
  if (expiresAt <= now) return rejected('opaque.expired', { id, expiresAt, now })
  const binding = checkConfirmation(confirmation, attempt)
  if (binding === 'unproven') return rejected('opaque.binding-unproven', { id })
  return accepted(principalOf(known))
}

/** A token without a grant is a client's own: nobody's consent is behind it. */
function principalOf(known: KnownToken): Principal {
  const { tenant, principalId: id, clientId, scopes, grantId, confirmation } = known
  const facts = {
    id,
    tenant,
    clientId,
    method: known.kind === 'jwt' ? ('jwt' as const) : ('opaque' as const),
    credentialId: known.id,
    scopes,
    claims: { client_id: clientId, ...(grantId === undefined ? {} : { grant_id: grantId }) },
    authenticatedAt: known.issuedAt,
    expiresAt: known.expiresAt,
    ...(confirmation === undefined ? {} : { confirmation }),
  }
  return grantId === undefined ? { ...facts, type: 'client' } : { ...facts, type: 'user' }
}

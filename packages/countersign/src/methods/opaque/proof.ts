import type { Actor, Confirmation, Principal, PrincipalFacts } from '../../core/principal.ts'
import type { ReasonCode } from '../../core/reasons.ts'
import type { RevocableFacts } from '../../core/revocation.ts'

/** A token that its issuer vouches for. Whether it may be used here and now is asked every time. */
export interface ProvenToken {
  readonly outcome: 'proven'
  readonly principal: Principal
  readonly issuer: string | undefined
  readonly audiences: readonly string[]
  readonly notBefore: number | undefined
  readonly expiresAt: number | undefined
  /**
   * What a revocation must name to end it. `issuedAt` is when the *token* was issued, where its
   * issuer tells: a cut-off ends every token from before it, whatever a look-up says.
   */
  readonly facts: RevocableFacts
}

/** What a source says about a token. */
export type TokenProof = ProvenToken | { readonly outcome: 'refused'; readonly reason: ReasonCode }

/** A token that the source does not vouch for; it does not say why, and neither do we. */
export const INACTIVE: TokenProof = Object.freeze({ outcome: 'refused', reason: 'opaque.inactive' })

/** What both sources know about a token, in one vocabulary. */
export interface TokenFacts {
  readonly tenant: string
  readonly tokenId: string
  readonly principalId: string
  readonly principalType?: 'user' | 'client' | 'service' | undefined
  readonly clientId: string | undefined
  readonly grantId: string | undefined
  readonly parentIds?: readonly string[] | undefined
  readonly scopes: readonly string[]
  readonly claims: Readonly<Record<string, unknown>>
  readonly confirmation: Confirmation | undefined
  readonly actor: Actor | undefined
  readonly issuer: string | undefined
  readonly audiences: readonly string[]
  /** Seconds since the epoch; undefined where the issuer does not tell. */
  readonly issuedAt: number | undefined
  readonly authenticatedAt: number
  readonly notBefore: number | undefined
  readonly expiresAt: number | undefined
}

/** Makes the principal of a token. */
export function proveToken(facts: TokenFacts): ProvenToken {
  const { tenant, tokenId, parentIds, grantId, principalId, clientId, issuedAt } = facts
  return {
    outcome: 'proven',
    principal: principalOf(facts),
    issuer: facts.issuer,
    audiences: facts.audiences,
    notBefore: facts.notBefore,
    expiresAt: facts.expiresAt,
    facts: { tenant, tokenId, parentIds, grantId, principalId, clientId, issuedAt },
  }
}

function principalOf(facts: TokenFacts): Principal {
  const { principalId: id, clientId, confirmation, actor, expiresAt } = facts
  const common: PrincipalFacts = {
    id,
    tenant: facts.tenant,
    method: 'opaque',
    credentialId: facts.tokenId,
    scopes: facts.scopes,
    claims: facts.claims,
    authenticatedAt: facts.authenticatedAt,
    ...(confirmation === undefined ? {} : { confirmation }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  }
  const client = clientId === undefined ? {} : { clientId }
  if (actor !== undefined) return { ...common, type: 'agent', actor, ...client }
  const type = facts.principalType ?? (id === clientId ? 'client' : 'user')
  if (type === 'client') return { ...common, type, clientId: clientId ?? id }
  return type === 'user' ? { ...common, type, ...client } : { ...common, type }
}

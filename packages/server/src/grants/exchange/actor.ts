import type { ActorClaim } from '../../model/grant-facts.ts'
import type { GrantRequest } from '../grant.ts'
import { usableToken } from './own-token.ts'
import { TOKEN_TYPES } from './token-types.ts'

/** Who asks to act. */
export interface ExchangeActor {
  readonly claim: ActorClaim
  /** Of the actor's token, where it showed one: it ends with that one, too. */
  readonly parentIds: readonly string[]
  /** Whether a token says so, or the client speaks for itself. */
  readonly byToken: boolean
}

/**
 * Who acts: the principal of `actor_token`, an access token that was issued to this very client and is
 * nobody else's in the chain; the client itself without one. Undefined for a token that is no good,
 * or of another type.
 *
 * @see [RFC 8693 §2.1](https://www.rfc-editor.org/rfc/rfc8693#section-2.1)
 */
export async function readActor(request: GrantRequest): Promise<ExchangeActor | undefined> {
  const { form, client } = request
  const text = form.get('actor_token')
  const type = form.get('actor_token_type')
  const clientId = client.principal.id
  if (text === undefined) {
    const claim = { sub: clientId, client_id: clientId }
    return type === undefined ? { claim, parentIds: [], byToken: false } : undefined
  }
  if (type !== TOKEN_TYPES.accessToken && type !== TOKEN_TYPES.jwt) return undefined
  const usable = await usableToken(request, text)
  if (usable === undefined) return undefined
  const { token } = usable
  // Another client's token proves nothing about this one; one with an actor is no actor's own.
  if (token.clientId !== clientId || token.actor !== undefined) return undefined
  const claim = { sub: token.principalId, client_id: clientId }
  return { claim, parentIds: [token.id], byToken: true }
}

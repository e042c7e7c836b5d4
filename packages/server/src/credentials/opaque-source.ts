import type { Actor } from 'countersign'
import type { OpaqueRecords, OpaqueTokenRecord } from 'countersign/opaque'
import type { AuthorityContext } from '../context.ts'
import type { ActorClaim } from '../model/grant-facts.ts'
import type { TokenRecord } from '../model/records.ts'
import { pepperRing } from './mint.ts'

/** What looking opaque tokens up needs. */
export type OpaqueSourceContext = Pick<AuthorityContext, 'store' | 'secrets' | 'revocations'>

/**
 * Opaque access tokens of this authority, for the library's `opaque`. A token is active while its
 * row is and no revocation names it, its grant, its client, its principal, its tenant, or a time
 * after it was issued. Revocations outlive tokens ({@link MAX_ACCESS_TOKEN_SECONDS}), so that one
 * read of the store is enough.
 *
 * @param tenant - Only the tokens of this tenant; every tenant's when absent.
 */
export function opaqueSource(ctx: OpaqueSourceContext, tenant?: string): OpaqueRecords {
  return {
    kind: 'records',
    peppers: pepperRing(ctx.secrets),
    find: async (id) => {
      const token = await ctx.store.tokens.find(id)
      if (token?.kind !== 'access') return undefined
      return tenant === undefined || token.tenant === tenant ? recordOf(token, ctx) : undefined
    },
  }
}

function recordOf(token: TokenRecord, { revocations }: OpaqueSourceContext): OpaqueTokenRecord {
  const { tenant, id, principalId, clientId, issuedAt, state, grantId, ...others } = token
  const { confirmation, lineage, ...rest } = others
  const grant = grantId === '' ? {} : { grantId }
  const parents = lineage === undefined ? {} : { parentIds: lineage.parentIds }
  const names = { tenant, principalId, clientId, issuedAt, ...grant, ...parents }
  const active = state === 'active' && revocations.find({ ...names, tokenId: id }) === undefined
  const bound = confirmation === null ? {} : { confirmation }
  const acting = lineage?.actor === undefined ? {} : { actor: actorOf(lineage.actor) }
  return { ...rest, ...names, ...bound, ...acting, id, active }
}

const actorOf = ({ sub, act }: ActorClaim): Actor =>
  act === undefined ? { subject: sub } : { subject: sub, actor: actorOf(act) }

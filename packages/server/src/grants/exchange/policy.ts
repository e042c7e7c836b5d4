import type { TokenExchangeRules } from '../../model/client-settings.ts'
import type { ActorClaim } from '../../model/grant-facts.ts'
import type { ExchangeSubject } from './subject.ts'

/** Actors of one token, the last one included; longer chains are refused. */
const MAX_ACTORS = 4
/** Tokens that one token may end with. */
const MAX_PARENTS = 8

/** Every client of the tenant. Issuers have to be named. */
const ANY_CLIENT = '*'

/**
 * Reports whether a client may have a token for a subject. What the subject says (`may_act`) decides
 * where it says something: then nobody else may, whatever the rules are. Otherwise the rules have to
 * name the client that the subject was issued to, or its issuer.
 */
export function mayExchange(
  rules: TokenExchangeRules,
  { source, mayAct, asserted }: ExchangeSubject,
  actor: ActorClaim,
): boolean {
  if (mayAct !== undefined) return namesActor(mayAct, actor)
  if (rules.subjects.includes(source)) return true
  return asserted === undefined && rules.subjects.includes(ANY_CLIENT)
}

/** RFC 8693 §4.4: every member that it names has to be the actor's. */
function namesActor(mayAct: unknown, actor: ActorClaim): boolean {
  if (typeof mayAct !== 'object' || mayAct === null || !('sub' in mayAct)) return false
  const { sub, client_id: clientId, ...others } = mayAct as Readonly<Record<string, unknown>> // an object
  if (sub !== actor.sub || Object.keys(others).length > 0) return false
  return clientId === undefined || clientId === actor.client_id
}

/** The new chain: who acts now, and within it who acted before (RFC 8693 §4.1). */
export function chainOf(
  actor: ActorClaim | undefined,
  before: ActorClaim | undefined,
): ActorClaim | undefined {
  if (actor === undefined) return before
  return before === undefined ? actor : { ...actor, act: before }
}

/** Reports whether a chain and its parents are short enough to be carried, and read, everywhere. */
export const isShort = (chain: ActorClaim | undefined, parents: readonly string[]): boolean =>
  depthOf(chain) <= MAX_ACTORS && parents.length <= MAX_PARENTS

const depthOf = (chain: ActorClaim | undefined): number =>
  chain === undefined ? 0 : 1 + depthOf(chain.act)

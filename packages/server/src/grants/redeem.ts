/** From a single-use artefact that a person decided about to the tokens of its grant: once. */
import { err, ok, type Confirmation, type Result } from 'countersign'
import { isDelegable } from '../checks/delegated-scope.ts'
import { grantAudience } from '../checks/resource.ts'
import type { OAuthFailure } from '../http/answers.ts'
import type { ArtefactRecord } from '../model/authorization.ts'
import { prepareTokens } from '../tokens/prepare.ts'
import type { TokenResponse } from '../tokens/response.ts'
import { livingGrant, revokeFamily } from './family.ts'
import type { GrantRequest } from './grant.ts'
import { keepResponse, repeatResponse } from './kept-response.ts'
import { refreshOf } from './refresh-rule.ts'

/** Tokens, or why there are none. */
export type Redeemed = Result<TokenResponse, OAuthFailure>

/** What is redeemed. */
export interface Redemption {
  readonly artefact: ArtefactRecord
  /** The grant type, for the metrics. */
  readonly grantType: string
  /** What was granted. */
  readonly scopes: readonly string[]
  readonly resources: readonly string[]
  /** What a client is told, whatever is wrong with the artefact. */
  readonly invalid: OAuthFailure
}

/**
 * Redeems an artefact. Checks, in order: the grant behind it lives; the resource. Does not check
 * whose it is, what it is bound to, whether it was used or has expired.
 *
 * It is used up in the transaction that stores the tokens; who comes second, in whatever process, is
 * answered as {@link repeatRedemption} says.
 */
export async function redeem(request: GrantRequest, redemption: Redemption): Promise<Redeemed> {
  const { services, tenant, form, client, confirmation, now } = request
  const { artefact, grantType, invalid } = redemption
  const living = await livingGrant(services, tenant, { ...artefact, now })
  if (living === undefined) return err(invalid)
  const { grant, person } = living
  const delegation = { person, client: client.principal }
  const scopes = redemption.scopes.filter((scope) => isDelegable(delegation, scope))
  const audience = grantAudience(form.resources, redemption.resources, tenant.issuer)
  if (!audience.ok) return audience
  const { response, records } = await prepareTokens(services, {
    tenant,
    clientId: client.principal.id,
    settings: client.settings,
    grant,
    scopes,
    audience: audience.value,
    confirmation,
    refresh: refreshOf(request),
    now,
  })
  const asked = askedOf(request, confirmation)
  const kept = keepResponse(services.secrets.keks, placeOf(artefact), { response, asked })
  const event = {
    tenant: tenant.id,
    type: `${artefact.kind}.redeemed`,
    actor: client.principal.id,
    subject: grant.principalId,
    data: { grant: grant.id, client: client.principal.id },
    at: now,
  }
  const won = await services.store.transaction(
    async (session) => {
      const consumption = { sealedResponse: kept }
      if (!(await session.artefacts.consume(artefact.id, now, consumption))) return false
      for (const record of records) await session.tokens.insert(record)
      await session.events.append(event)
      return true
    },
    { turn: 'none' },
  )
  if (won) {
    services.metrics.tokenIssued(grantType, client.settings.accessTokenFormat)
    return ok(response)
  }
  const used = await services.store.artefacts.find(artefact.id)
  return used === undefined ? err(invalid) : repeatRedemption(request, used, invalid)
}

const placeOf = ({ tenant, id, kind }: ArtefactRecord): string => `${kind}/${tenant}/${id}`

/** What makes two requests the same: the key that was proven, and what was asked for. */
const askedOf = ({ form }: GrantRequest, confirmation: Confirmation | undefined): string =>
  JSON.stringify([confirmation ?? null, form.resources])

/**
 * Answers for an artefact that is used up, to who proves the same things again: with the very
 * response within the seconds of the profile, for its answer was lost; later, it is an attack.
 */
export async function repeatRedemption(
  request: GrantRequest,
  artefact: ArtefactRecord,
  invalid: OAuthFailure,
): Promise<Redeemed> {
  const { services, now } = request
  const response = repeatResponse(services.secrets.keks, {
    sealed: artefact.sealedResponse,
    place: placeOf(artefact),
    asked: askedOf(request, request.confirmation),
    answeredAt: artefact.consumedAt,
    windowSeconds: services.profile.codeReplaySeconds,
    now,
  })
  return typeof response === 'string' ? punish(request, artefact, invalid) : ok(response)
}

/** Ends everything that an artefact led to which was used twice (SR-015). */
export async function punish(
  { services, tenant }: GrantRequest,
  { grantId, kind }: ArtefactRecord,
  invalid: OAuthFailure,
): Promise<Redeemed> {
  if (grantId !== null) {
    await revokeFamily(services, tenant, { grantId, reason: `${kind}-reused` })
  }
  return err(invalid)
}

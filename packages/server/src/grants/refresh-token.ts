import { err, ok, type Confirmation, type Result } from 'countersign'
import { matchesCredential, parseCredential } from 'countersign/api-key/mint'
import { isDelegable } from '../checks/delegated-scope.ts'
import { grantAudience } from '../checks/resource.ts'
import { grantScopes } from '../checks/scope.ts'
import { pepperRing } from '../credentials/mint.ts'
import type { OAuthFailure } from '../http/answers.ts'
import type { TokenRecord } from '../model/records.ts'
import { prepareTokens } from '../tokens/prepare.ts'
import { REFRESH_TOKEN_ENVIRONMENT } from '../tokens/known-token.ts'
import type { TokenResponse } from '../tokens/response.ts'
import { livingGrant, revokeFamily, type LivingGrant } from './family.ts'
import type { Grant, GrantRequest } from './grant.ts'
import { keepResponse, repeatResponse } from './kept-response.ts'
import { isRotated, refreshOf } from './refresh-rule.ts'

type Refreshed = Result<TokenResponse, OAuthFailure>

/** Unknown, of another client, expired, revoked, without its key: the same words. */
const INVALID: OAuthFailure = {
  error: 'invalid_grant',
  description: 'The refresh token is not valid.',
}

/**
 * Exchanges a refresh token. Checks, in order: the token is ours and this client's; the key it is
 * bound to; that it was not revoked; the grant behind it lives; that it was not claimed; scope
 * and resource within what was granted (SR-024); that it has not expired.
 *
 * One conditional statement claims it for one successor, in whatever process (SR-022). Who asks the
 * same again within the seconds of the profile gets the very same successor: a tab that came second,
 * an answer that was lost, a process that died after the claim. A claimed token after that is a
 * stolen one, and ends the family in the transaction that says so. Access tokens of before live on.
 *
 * @see [RFC 9700 §4.14.2](https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2)
 */
export const refreshToken: Grant = async (request) => {
  const presented = request.form.get('refresh_token')
  if (presented === undefined) {
    return err({ error: 'invalid_request', description: 'refresh_token is missing.' })
  }
  const token = await findToken(request, presented)
  if (token === undefined || token.state === 'revoked') return err(INVALID)
  const { services, tenant, now } = request
  const living = await livingGrant(services, tenant, { ...token, now })
  if (living === undefined) return err(INVALID)
  const member = { ...living, token }
  // Before what it asks for: a stolen token shows itself, however wrong the rest is.
  if (token.state === 'claimed') return repeat(request, token)
  const wanted = checkWanted(request, member)
  if (!wanted.ok) return wanted
  return token.expiresAt <= now ? err(INVALID) : refresh(request, member, wanted.value)
}

async function findToken(
  { services, tenant, client, confirmation }: GrantRequest,
  text: string,
): Promise<TokenRecord | undefined> {
  const parts = parseCredential(text)
  if (!parts.ok || parts.value.brand !== services.brand) return undefined
  if (parts.value.environment !== REFRESH_TOKEN_ENVIRONMENT) return undefined
  const token = await services.store.tokens.find(parts.value.id)
  const matches = await matchesCredential(pepperRing(services.secrets), token, text)
  if (!matches || token === undefined || token.kind !== 'refresh') return undefined
  const own = token.tenant === tenant.id && token.clientId === client.principal.id
  return own && holdsKey(token, confirmation) ? token : undefined
}

/** A thief without the key cannot even make the owner's token look used. */
const holdsKey = (
  { confirmation: bound }: TokenRecord,
  proven: Confirmation | undefined,
): boolean =>
  (bound?.jkt === undefined || bound.jkt === proven?.jkt) &&
  (bound?.['x5t#S256'] === undefined || bound['x5t#S256'] === proven?.['x5t#S256'])

/** What one access token is to have. */
interface Wanted {
  readonly scopes: readonly string[]
  readonly audience: string
}

/**
 * Within what was granted, and within what client and person may have now: what was taken from
 * either since is not handed out again. Without a request it is left out, and the answer says so.
 */
function checkWanted(
  { form, tenant, client }: GrantRequest,
  { token, person }: Member,
): Result<Wanted, OAuthFailure> {
  const audience = grantAudience(form.resources, token.audiences, tenant.issuer)
  if (!audience.ok) return audience
  const delegation = { person, client: client.principal }
  const allowed = token.scopes.filter((scope) => isDelegable(delegation, scope))
  const scopes = grantScopes(form.get('scope'), allowed)
  return scopes.ok ? ok({ scopes: scopes.value, audience: audience.value }) : scopes
}

/** A token and the family it belongs to. */
interface Member extends LivingGrant {
  readonly token: TokenRecord
}

async function refresh(
  request: GrantRequest,
  { token, grant }: Member,
  wanted: Wanted,
): Promise<Refreshed> {
  const { services, tenant, client, confirmation, now } = request
  const { settings } = client
  const rotates = isRotated(services.profile, settings)
  const { response, records } = await prepareTokens(services, {
    ...wanted,
    tenant,
    clientId: client.principal.id,
    settings,
    grant,
    confirmation,
    refresh: rotates ? refreshOf(request) : undefined,
    now,
  })
  const kept = keepResponse(services.secrets.keks, placeOf(token), {
    response,
    asked: askedOf(request),
  })
  const event = {
    tenant: tenant.id,
    type: 'token.refreshed',
    actor: client.principal.id,
    subject: grant.principalId,
    data: { grant: grant.id, client: client.principal.id, rotated: rotates },
    at: now,
  }
  const won = await services.store.transaction(
    async (session) => {
      if (rotates && !(await session.tokens.claim(token.id, now, kept))) return false
      for (const record of records) await session.tokens.insert(record)
      await session.events.append(event)
      return true
    },
    { turn: 'none' },
  )
  if (won) {
    services.metrics.tokenIssued('refresh_token', settings.accessTokenFormat)
    return ok(response)
  }
  const claimed = await services.store.tokens.find(token.id)
  return claimed === undefined ? err(INVALID) : repeat(request, claimed)
}

const placeOf = ({ tenant, id }: TokenRecord): string => `refresh-token/${tenant}/${id}`

/** What makes two requests the same: the key that was proven, and what was asked for. */
const askedOf = ({ form, confirmation }: GrantRequest): string =>
  JSON.stringify([confirmation ?? null, form.get('scope') ?? null, form.resources])

async function repeat(request: GrantRequest, token: TokenRecord): Promise<Refreshed> {
  const { services, tenant, now } = request
  const response = repeatResponse(services.secrets.keks, {
    sealed: token.sealedSuccessor,
    place: placeOf(token),
    asked: askedOf(request),
    answeredAt: token.claimedAt,
    windowSeconds: services.profile.refreshReplaySeconds,
    now,
  })
  if (typeof response !== 'string') return ok(response)
  // An honest client that asks two things at once is told no, and keeps its family.
  if (response === 'late') {
    await revokeFamily(services, tenant, {
      grantId: token.grantId,
      reason: 'refresh-token-reused',
    })
  }
  return err(INVALID)
}

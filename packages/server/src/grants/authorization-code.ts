import { err, ok, type Confirmation, type Result } from 'countersign'
import { openArtefact } from '../artefacts/artefact.ts'
import type { CodeData } from '../authorization/code.ts'
import { isDelegable } from '../checks/delegated-scope.ts'
import { provesChallenge } from '../checks/pkce.ts'
import { grantAudience } from '../checks/resource.ts'
import type { OAuthFailure } from '../http/answers.ts'
import type { ArtefactRecord } from '../model/authorization.ts'
import { prepareTokens } from '../tokens/prepare.ts'
import type { TokenResponse } from '../tokens/response.ts'
import { livingGrant, revokeFamily, type LivingGrant } from './family.ts'
import type { Grant, GrantRequest } from './grant.ts'
import { keepResponse, repeatResponse } from './kept-response.ts'
import { refreshOf } from './refresh-rule.ts'

type Redeemed = Result<TokenResponse, OAuthFailure>

/** Unknown, of another client, expired, without its verifier: the same words. */
const INVALID: OAuthFailure = {
  error: 'invalid_grant',
  description: 'The authorization code is not valid.',
}

/**
 * Redeems an authorization code. Checks, in order: the code is ours and this client's; its redirect
 * URI, where one is sent; the PKCE verifier; the DPoP key it is bound to; that it was not used and
 * has not expired; the grant behind it lives; the resource.
 *
 * A code works once (SR-015). Who proves the same things again within the seconds of the profile has
 * the same response again: its answer was lost. Any other second use ends everything that the code
 * led to, in the transaction that says so.
 *
 * @see [OAuth 2.1 §4.1.3](https://datatracker.ietf.org/doc/html/draft-ietf-oauth-v2-1#section-4.1.3)
 */
export const authorizationCode: Grant = async (request) => {
  const presented = request.form.get('code')
  if (presented === undefined) return missing('code')
  const code = await findCode(request, presented)
  if (code === undefined) return err(INVALID)
  const proof = checkProof(request, dataOf(code))
  if (code.consumedAt !== null) return proof.ok ? repeat(request, code) : punish(request, code)
  if (!proof.ok) return proof
  if (code.expiresAt <= request.now) return err(INVALID)
  const living = await livingGrant(request.services, request.tenant, { ...code, now: request.now })
  return living === undefined ? err(INVALID) : redeem(request, code, living)
}

const missing = (name: string): Result<never, OAuthFailure> =>
  err({ error: 'invalid_request', description: `${name} is missing.` })

async function findCode(
  { services, tenant, client }: GrantRequest,
  text: string,
): Promise<ArtefactRecord | undefined> {
  const code = await openArtefact(services, { tenant: tenant.id, kind: 'code' }, text)
  // Another client's: this one has intercepted it, and must not be able to spend it either.
  return code?.clientId === client.principal.id ? code : undefined
}

/** Written by `codeData` and nobody else. */
const dataOf = ({ data }: ArtefactRecord): CodeData => data as unknown as CodeData

function checkProof(
  { form, confirmation }: GrantRequest,
  { redirectUri, codeChallenge, dpopJkt }: CodeData,
): Result<undefined, OAuthFailure> {
  const verifier = form.get('code_verifier')
  if (verifier === undefined) return missing('code_verifier')
  const sent = form.get('redirect_uri')
  const sameUri = sent === undefined || sent === redirectUri
  const sameKey = dpopJkt === undefined || confirmation?.jkt === dpopJkt
  const proven = provesChallenge(verifier, codeChallenge)
  return sameUri && sameKey && proven ? ok(undefined) : err(INVALID)
}

async function redeem(
  request: GrantRequest,
  code: ArtefactRecord,
  { grant, person }: LivingGrant,
): Promise<Redeemed> {
  const { services, tenant, form, client, confirmation, now } = request
  const { scopes: granted, resources } = dataOf(code)
  const delegation = { person, client: client.principal }
  const scopes = granted.filter((scope) => isDelegable(delegation, scope))
  const audience = grantAudience(form.resources, resources, tenant.issuer)
  if (!audience.ok) return audience
  const prepared = await prepareTokens(services, {
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
  const { response, records } = prepared
  const asked = askedOf(request, confirmation)
  const kept = keepResponse(services.secrets.keks, placeOf(code), { response, asked })
  const won = await services.store.transaction(async (session) => {
    if (!(await session.artefacts.consume(code.id, now, { sealedResponse: kept }))) return false
    for (const record of records) await session.tokens.insert(record)
    const data = { grant: grant.id, client: client.principal.id }
    const event = { tenant: tenant.id, type: 'code.redeemed', subject: grant.principalId, data }
    await session.events.append({ ...event, actor: client.principal.id, at: now })
    return true
  })
  if (won) {
    services.metrics.tokenIssued('authorization_code', client.settings.accessTokenFormat)
    return ok(response)
  }
  const used = await services.store.artefacts.find(code.id)
  return used === undefined ? err(INVALID) : repeat(request, used)
}

const placeOf = ({ tenant, id }: ArtefactRecord): string => `code/${tenant}/${id}`

/** What makes two requests the same: the key that was proven, and what was asked for. */
const askedOf = ({ form }: GrantRequest, confirmation: Confirmation | undefined): string =>
  JSON.stringify([confirmation ?? null, form.resources])

async function repeat(request: GrantRequest, code: ArtefactRecord): Promise<Redeemed> {
  const { services, now } = request
  const response = repeatResponse(services.secrets.keks, {
    sealed: code.sealedResponse,
    place: placeOf(code),
    asked: askedOf(request, request.confirmation),
    answeredAt: code.consumedAt,
    windowSeconds: services.profile.codeReplaySeconds,
    now,
  })
  return typeof response === 'string' ? punish(request, code) : ok(response)
}

async function punish(
  { services, tenant }: GrantRequest,
  { grantId }: ArtefactRecord,
): Promise<Redeemed> {
  if (grantId !== null) await revokeFamily(services, tenant, { grantId, reason: 'code-reused' })
  return err(INVALID)
}

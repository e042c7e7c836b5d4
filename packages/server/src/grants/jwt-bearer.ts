import { hash } from 'node:crypto'
import { err, ok, UnavailableError, type Result } from 'countersign'
import { grantAudience } from '../checks/resource.ts'
import { grantScopes } from '../checks/scope.ts'
import { intersectScopes } from '../checks/scope-intersection.ts'
import type { OAuthFailure } from '../http/answers.ts'
import type { PrincipalRecord } from '../model/records.ts'
import { prepareTokens } from '../tokens/prepare.ts'
import { readAssertion, type TrustedAssertion } from '../trusted-issuers/assertion.ts'
import { assertedScopes, grantOfAssertion, insertAssertedGrant } from '../trusted-issuers/grant.ts'
import { assertedPrincipal } from '../trusted-issuers/person.ts'
import type { Grant, GrantRequest } from './grant.ts'
import type { Redeemed } from './redeem.ts'

/** The name of the grant (RFC 7523 §2.1). */
export const JWT_BEARER_GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/** How far ahead `exp` may be, in seconds: replays are remembered so long. */
const MAX_AHEAD_SECONDS = 600
/** A longer name is no name. */
const MAX_JTI_LENGTH = 256

const failure = (error: OAuthFailure['error'], description: string): OAuthFailure => ({
  error,
  description,
})
/** Whatever is wrong with it: the same words. */
const INVALID = failure('invalid_grant', 'The assertion is not valid.')
const MISSING = failure('invalid_request', 'assertion is missing.')
const PUBLIC = failure('unauthorized_client', 'This grant is for clients that prove themselves.')
const NO_SCOPE = failure('invalid_scope', 'Nothing of what the client may have can be granted.')
const NO_RESOURCE = failure('invalid_target', 'The assertion is for no resource of the client.')

/**
 * Takes the word of a trusted issuer for a person. Checks, in order: the client has proven itself;
 * those of `readAssertion`; `exp` at most ten minutes ahead, a `jti`, and the client that it names; the
 * person; scopes and resource, within the client's, the issuer's, the person's and the assertion's;
 * that it was not used before. There is no refresh token: ask the issuer again.
 *
 * An Identity Assertion Authorization Grant, as MCP's enterprise-managed authorization uses it, has to
 * name its client.
 *
 * @throws `UnavailableError` while keys cannot be fetched, or the store has no memory of its time.
 * @see [RFC 7523 §2.1](https://www.rfc-editor.org/rfc/rfc7523#section-2.1)
 */
export const jwtBearer: Grant = async (request) => {
  if (request.client.method === 'none') return err(PUBLIC)
  const text = request.form.get('assertion')
  if (text === undefined) return err(MISSING)
  const assertion = await readAssertion(request, text)
  const use = assertion && useOf(request, assertion)
  if (assertion === undefined || use === undefined) return err(INVALID)
  const person = await assertedPrincipal(request, assertion)
  if (person === undefined) return err(INVALID)
  const wanted = wantedOf(request, assertion, person)
  if (!wanted.ok) return wanted
  if (!(await claimOnce(request, assertion, use))) return err(INVALID)
  return issue(request, assertion, { person, ...wanted.value })
}

interface Use {
  readonly jti: string
  readonly issuedAt: number
}

/** What an assertion needs that is used once, here, by this client. */
function useOf(
  { client, services, now }: GrantRequest,
  { claims, expiresAt, isIdJag }: TrustedAssertion,
): Use | undefined {
  const { jti, iat, client_id: clientId } = claims
  if (expiresAt > now + MAX_AHEAD_SECONDS + services.profile.futureSeconds) return undefined
  if (typeof jti !== 'string' || jti === '' || jti.length > MAX_JTI_LENGTH) return undefined
  if (typeof iat !== 'number') return undefined
  const named = clientId === undefined ? !isIdJag : clientId === client.principal.id
  return named ? { jti, issuedAt: iat } : undefined
}

interface Wanted {
  readonly scopes: readonly string[]
  readonly audience: string
}

function wantedOf(
  { form, client, tenant }: GrantRequest,
  assertion: TrustedAssertion,
  person: PrincipalRecord,
): Result<Wanted, OAuthFailure> {
  const { principal, settings } = client
  const most = intersectScopes(principal.scopes, assertedScopes(assertion, person))
  if (most.length === 0) return err(NO_SCOPE)
  const scopes = grantScopes(form.get('scope'), most)
  if (!scopes.ok) return scopes
  const own = settings.audiences.length === 0 ? [tenant.issuer] : settings.audiences
  const { resource } = assertion.claims
  const allowed =
    resource === undefined ? own : own.filter((one) => [resource].flat().includes(one))
  if (allowed.length === 0) return err(NO_RESOURCE)
  const audience = grantAudience(form.resources, allowed, tenant.issuer)
  return audience.ok ? ok({ scopes: scopes.value, audience: audience.value }) : audience
}

async function claimOnce(
  { services, tenant, now }: GrantRequest,
  { issuer, expiresAt }: TrustedAssertion,
  { jti, issuedAt }: Use,
): Promise<boolean> {
  const toleranceSeconds = services.profile.futureSeconds
  const outcome = await services.replay.claim(
    {
      tenant: tenant.id,
      credentialId: hash('sha256', issuer.issuer, 'base64url'),
      use: hash('sha256', `grant-assertion ${jti}`, 'base64url'),
      signedAt: issuedAt,
      expiresAt: expiresAt + 2 * toleranceSeconds,
      toleranceSeconds,
    },
    now,
  )
  if (outcome !== 'fenced') return outcome === 'claimed'
  const wait = toleranceSeconds + 1
  throw new UnavailableError('replay', 'the assertion is older than the store', wait)
}

async function issue(
  { services, tenant, client, confirmation, now }: GrantRequest,
  assertion: TrustedAssertion,
  granted: Wanted & { readonly person: PrincipalRecord },
): Promise<Redeemed> {
  const { settings } = client
  const clientId = client.principal.id
  const expiresAt = now + settings.accessTokenTtlSeconds
  const grant = grantOfAssertion({ ...granted, tenant, assertion, clientId, now, expiresAt })
  const plan = { ...granted, tenant, clientId, settings, grant, confirmation, now }
  const { response, records } = await prepareTokens(services, { ...plan, refresh: undefined })
  await services.store.transaction(
    async (session) => {
      for (const record of records) await session.tokens.insert(record)
      await insertAssertedGrant(session, grant, assertion)
    },
    { turn: 'none' },
  )
  services.metrics.tokenIssued('jwt_bearer', settings.accessTokenFormat)
  return ok(response)
}

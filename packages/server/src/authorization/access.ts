/** What an authorization request asks access to: scopes, resources, details; each within the client's. */
import { coversScope, err, isScope, ok, parseScope, type Result } from 'countersign'
import { PROTOCOL_SCOPES } from '../checks/delegated-scope.ts'
import type { Form } from '../http/form.ts'
import type { AuthorizationDetail } from '../model/grant-facts.ts'
import { judgeDetails, type DetailTypes } from './detail-types.ts'
import type { AuthorizationErrorCode } from '../http/error-codes.ts'
import type { AuthorizationRequest, RegisteredClient } from './request.ts'

/** What is asked for. */
export type Access = Pick<AuthorizationRequest, 'scopes' | 'resources' | 'authorizationDetails'>

/** What it is read by, beside the client. */
export interface AccessRules {
  readonly issuer: string
  /** The operator's rules for details. */
  readonly detailTypes: DetailTypes
}

/** Why it is not given. */
export interface AccessRefusal {
  readonly error: AuthorizationErrorCode
  readonly description: string
}

const MAX_SCOPES = 100
const MAX_RESOURCES = 20
const MAX_DETAILS = 20

/**
 * Reads what a request asks for. Checks, in order: every scope is well-formed and one of the
 * client's; every resource is, as an exact string (RFC 8707); every detail has a type that the client
 * is registered for (RFC 9396 §5), and what the operator's rule of the type makes of it.
 *
 * Does not know what the person may hand on: that is asked when somebody is there.
 */
export function readAccess(
  form: Form,
  client: RegisteredClient,
  { issuer, detailTypes }: AccessRules,
): Result<Access, AccessRefusal> {
  const scopes = readScopes(form.get('scope'), client)
  if (!scopes.ok) return scopes
  const resources = readResources(form.resources, client, issuer)
  if (!resources.ok) return resources
  const details = readDetails(form.get('authorization_details'), client)
  if (!details.ok) return details
  const judged = judgeDetails(details.value, detailTypes)
  if (!judged.ok) return refuse('invalid_authorization_details', judged.error)
  return ok({
    scopes: scopes.value,
    resources: resources.value,
    authorizationDetails: judged.value,
  })
}

const refuse = (error: AuthorizationErrorCode, description: string): Result<never, AccessRefusal> =>
  err({ error, description })

function readScopes(
  text: string | undefined,
  { principal, settings }: RegisteredClient,
): Result<readonly string[], AccessRefusal> {
  if (text === undefined) return ok(principal.scopes)
  const scopes = parseScope(text)
  if (scopes.length > MAX_SCOPES || !scopes.every(isScope)) {
    return refuse('invalid_scope', 'The requested scope is malformed.')
  }
  const allowed = (scope: string): boolean =>
    PROTOCOL_SCOPES.includes(scope) || coversScope(principal.scopes, scope)
  if (!scopes.every(allowed)) {
    return refuse('invalid_scope', 'The requested scope exceeds what the client may have.')
  }
  // OpenID Connect Core §11: without refresh tokens there is no offline access, and no error.
  const offline = settings.grantTypes.includes('refresh_token')
  return ok(scopes.filter((scope) => scope !== 'offline_access' || offline))
}

function readResources(
  requested: readonly string[],
  { settings }: RegisteredClient,
  issuer: string,
): Result<readonly string[], AccessRefusal> {
  const audiences = settings.audiences.length === 0 ? [issuer] : settings.audiences
  if (requested.length === 0) return ok(audiences.slice(0, 1))
  const resources = [...new Set(requested)]
  if (resources.length > MAX_RESOURCES || !resources.every((one) => audiences.includes(one))) {
    return refuse('invalid_target', 'The client may not ask for tokens for this resource.')
  }
  return ok(resources)
}

function readDetails(
  text: string | undefined,
  { settings }: RegisteredClient,
): Result<readonly AuthorizationDetail[], AccessRefusal> {
  if (text === undefined) return ok([])
  const details = parseDetails(text)
  if (details === undefined || details.length > MAX_DETAILS) {
    return refuse('invalid_authorization_details', 'authorization_details is malformed.')
  }
  if (!details.every(({ type }) => settings.authorizationDetailsTypes.includes(type))) {
    return refuse('invalid_authorization_details', 'The client may not ask for this type.')
  }
  return ok(details)
}

function parseDetails(text: string): readonly AuthorizationDetail[] | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) && value.every(isDetail) ? value : undefined
  } catch {
    return undefined
  }
}

const isDetail = (value: unknown): value is AuthorizationDetail =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'

import { err, ok, type Result } from 'countersign'
import { isCodeChallenge } from '../checks/pkce.ts'
import type { AuthorizationErrorCode } from '../http/error-codes.ts'
import type { Form } from '../http/form.ts'
import { readAccess } from './access.ts'
import { findClient } from './client.ts'
import { withHint } from './id-token-hint.ts'
import { keptForm } from './parameters.ts'
import { findPushedRequest, REQUEST_URI_PREFIX } from './pushed.ts'
import { matchRedirectUri } from './redirect-uri.ts'
import { openRequestObject, type OpenedRequest } from './request-object.ts'
import type { AuthorizationCall } from './call.ts'
import type {
  AskedRequest,
  AuthorizationFailure,
  RegisteredClient,
  ResponseMode,
  ReturnAddress,
} from './request.ts'
import { readWishes } from './wishes.ts'

type Failed = Result<never, AuthorizationFailure>
type ReadCall = Pick<AuthorizationCall, 'services' | 'tenant' | 'now'>

/** A form, and where it came from. */
interface Source {
  readonly client: RegisteredClient
  readonly form: Form
  readonly pushedId: string | undefined
  readonly isSigned: boolean
}

/**
 * Reads an authorization request and checks it against its client. Checks, in order: the client is
 * registered; its pushed request, where one is named, or its request object; the redirect URI; and from there on, where an
 * error can be sent: response mode and type, grant type, whether the request had to be pushed or
 * signed, PKCE with S256, scopes, resources, details, the rest, and whom it is about.
 *
 * Nothing is redirected to an address that was not found to be the client's (SR-002).
 *
 * @param form - Attacker-controlled.
 * @see [OAuth 2.1 §4.1.1](https://datatracker.ietf.org/doc/html/draft-ietf-oauth-v2-1#section-4.1.1)
 */
export async function readAuthorizationRequest(
  call: ReadCall,
  form: Form,
): Promise<Result<AskedRequest, AuthorizationFailure>> {
  const clientId = form.get('client_id')
  if (clientId === undefined) return nowhere('invalid_request', 'client_id is missing.')
  const client = await findClient(call.services, call.tenant, clientId)
  if (client === undefined) return nowhere('unauthorized_client', 'The client is not known.')
  const source = await readSource(call, client, form)
  if (!source.ok) return source
  const asked = checkRequest(call, source.value)
  return asked.ok ? withHint(call, asked.value, source.value.form.get('id_token_hint')) : asked
}

/**
 * Checks a request that is about to be pushed by its client, which has proven itself: everything
 * that {@link readAuthorizationRequest} checks later, so that the client hears of it now.
 */
export const checkPushedRequest = (
  call: ReadCall,
  client: RegisteredClient,
  { form, isSigned }: OpenedRequest,
): Result<AskedRequest, AuthorizationFailure> =>
  form.get('request_uri') === undefined
    ? checkRequest(call, { client, form, pushedId: '', isSigned })
    : nowhere('invalid_request', 'request_uri must not be pushed.')

const nowhere = (error: AuthorizationErrorCode, description: string): Failed =>
  err({ error, description, returnTo: undefined })

async function readSource(
  call: ReadCall,
  client: RegisteredClient,
  form: Form,
): Promise<Result<Source, AuthorizationFailure>> {
  const opened = await openRequestObject(call, client, form)
  if (!opened.ok) return opened
  const requestUri = form.get('request_uri')
  if (requestUri === undefined) return ok({ client, ...opened.value, pushedId: undefined })
  if (!requestUri.startsWith(REQUEST_URI_PREFIX))
    return nowhere('request_uri_not_supported', 'Only pushed requests have a request_uri here.')
  const { services, tenant, now } = call
  const clientId = client.principal.id
  const pushed = await findPushedRequest(services, tenant, { requestUri, clientId, now })
  // Only what was pushed counts: parameters beside it could be somebody else's (RFC 9126 §4).
  return pushed === undefined
    ? nowhere('invalid_request_uri', 'The request_uri is not known, or has expired.')
    : ok({
        client,
        form: keptForm(pushed.parameters),
        pushedId: pushed.id,
        isSigned: pushed.isSigned,
      })
}

function checkRequest(
  { services, tenant }: ReadCall,
  { client, form, pushedId, isSigned }: Source,
): Result<AskedRequest, AuthorizationFailure> {
  const { settings } = client
  const wanted = form.get('redirect_uri')
  // FAPI 2.0 §5.3.2.2-6: where requests are pushed, they say where the answer goes.
  const isLeftOut = wanted === undefined && services.profile.requirePushedRequests
  const redirectUri = isLeftOut ? undefined : matchRedirectUri(settings, wanted)
  if (redirectUri === undefined)
    return nowhere('invalid_redirect_uri', 'The redirect URI is not registered.')
  const mode = readMode(form.get('response_mode'), settings.responseModes)
  const returnTo = { redirectUri, responseMode: mode ?? 'query', state: form.get('state') }
  if (mode === undefined)
    return fail(returnTo, 'invalid_request', 'The response mode is not allowed.')
  const refused =
    checkType(form, client) ??
    checkTransport(client, services.profile.requirePushedRequests, pushedId !== undefined) ??
    checkSignature(client, isSigned) ??
    checkChallenge(form)
  if (refused !== undefined) return fail(returnTo, ...refused)
  const access = readAccess(form, client, {
    issuer: tenant.issuer,
    detailTypes: services.detailTypes,
  })
  if (!access.ok) return fail(returnTo, access.error.error, access.error.description)
  const wishes = readWishes(form)
  if (!wishes.ok) return fail(returnTo, 'invalid_request', wishes.error)
  const request = {
    clientId: client.principal.id,
    ...returnTo,
    ...access.value,
    ...wishes.value,
    codeChallenge: form.get('code_challenge') ?? '',
  }
  return ok({ client, request, pushedId })
}

function fail(returnTo: ReturnAddress, error: AuthorizationErrorCode, description: string): Failed {
  return err({ error, description, returnTo })
}

function readMode(
  text: string | undefined,
  allowed: readonly ResponseMode[],
): ResponseMode | undefined {
  const usual = allowed.includes('query') ? 'query' : allowed[0]
  return text === undefined ? usual : allowed.find((mode) => mode === text)
}

type Refusal = readonly [AuthorizationErrorCode, string] | undefined

function checkType(form: Form, { settings }: RegisteredClient): Refusal {
  const type = form.get('response_type')
  if (type === undefined) return ['invalid_request', 'response_type is missing.']
  if (type !== 'code') return ['unsupported_response_type', 'The response type must be code.']
  return settings.grantTypes.includes('authorization_code')
    ? undefined
    : ['unauthorized_client', 'The client is not registered for this grant type.']
}

function checkTransport(
  { settings }: RegisteredClient,
  profileAsks: boolean,
  isPushed: boolean,
): Refusal {
  const asked = profileAsks || settings.requirePushedAuthorizationRequests
  return asked && !isPushed
    ? ['invalid_request', 'The request has to be pushed (RFC 9126).']
    : undefined
}

const checkSignature = ({ settings }: RegisteredClient, isSigned: boolean): Refusal =>
  settings.requireSignedRequestObject && !isSigned
    ? ['invalid_request', 'The request has to be signed (RFC 9101).']
    : undefined

function checkChallenge(form: Form): Refusal {
  const challenge = form.get('code_challenge')
  if (challenge === undefined) return ['invalid_request', 'code_challenge is missing.']
  if (form.get('code_challenge_method') !== 'S256')
    return ['invalid_request', 'code_challenge_method must be S256.']
  return isCodeChallenge(challenge)
    ? undefined
    : ['invalid_request', 'code_challenge is not an S256 challenge.']
}

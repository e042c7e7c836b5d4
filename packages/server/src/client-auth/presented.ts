import { err, ok, type Result } from 'countersign'
import type { OAuthFailure } from '../http/answers.ts'
import type { Exchange } from '../http/exchange.ts'
import { decodeFormText, type Form } from '../http/form.ts'
import { claimedSubject } from './claimed-subject.ts'

/** A client that sent a secret. */
export interface PresentedSecret {
  readonly mechanism: 'client_secret_basic' | 'client_secret_post'
  readonly clientId: string
  readonly secret: string
}

/** A client that sent a signed assertion (RFC 7523 §2.2). */
export interface PresentedAssertion {
  readonly mechanism: 'private_key_jwt'
  readonly clientId: string
  readonly assertion: string
}

/** A client that sent its name only: the certificate of its connection proves it, or nothing does. */
export interface PresentedName {
  readonly mechanism: 'name'
  readonly clientId: string
}

/** Client credentials as sent. Nothing of them is verified. */
export type PresentedClient = PresentedSecret | PresentedAssertion | PresentedName

const BASIC = /^Basic +([A-Za-z0-9+/]+={0,2})$/i
/** An id, a secret and room for their encoding. */
const MAX_BASIC_LENGTH = 1024
/** RFC 7523 §2.2: the exact text. */
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

const failure = (description: string): OAuthFailure => ({ error: 'invalid_request', description })

/** What a client without credentials is told; RFC 6749 §5.2 wants a challenge with it. */
export const CLIENT_REQUIRED: OAuthFailure = {
  error: 'invalid_client',
  description: 'Client authentication is required.',
  status: 401,
  headers: [['www-authenticate', 'Basic realm="oauth", charset="UTF-8"']],
}

const ANOTHER_CLIENT = failure('The client_id parameter names another client than the credentials.')

/**
 * Finds the client credentials of a request. Checks, in order: one `Authorization` header, one
 * mechanism (SR-031), well-formed credentials, one client id.
 *
 * Verifies nothing; see authenticate.ts.
 *
 * @see [RFC 6749 §2.3](https://www.rfc-editor.org/rfc/rfc6749#section-2.3)
 */
export function presentedClient(
  exchange: Exchange,
  form: Form,
): Result<PresentedClient, OAuthFailure> {
  const fields = exchange.header('authorization')
  if (fields.length > 1) return err(failure('More than one Authorization header was sent.'))
  const [field] = fields
  const secret = form.get('client_secret')
  const assertion = form.get('client_assertion')
  const type = form.get('client_assertion_type')
  const asserted = assertion ?? type
  const mechanisms = [field, secret, asserted].filter((value) => value !== undefined)
  if (mechanisms.length > 1) {
    return err(failure('More than one client authentication mechanism was used.'))
  }
  const clientId = form.get('client_id')
  if (field !== undefined) return fromBasic(field, clientId)
  if (asserted !== undefined) return fromAssertion({ assertion, type }, clientId)
  if (clientId === undefined) return err(CLIENT_REQUIRED)
  return ok(
    secret === undefined
      ? { mechanism: 'name', clientId }
      : { mechanism: 'client_secret_post', clientId, secret },
  )
}

/**
 * Id and secret are form-urlencoded before they are base64-encoded, unlike RFC 7617 (SR-035).
 *
 * @see [RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1)
 */
function fromBasic(
  field: string,
  formClientId: string | undefined,
): Result<PresentedSecret, OAuthFailure> {
  const encoded = field.length > MAX_BASIC_LENGTH ? null : BASIC.exec(field)
  if (encoded === null) return err(CLIENT_REQUIRED)
  const text = Buffer.from(encoded[1] ?? '', 'base64').toString('latin1')
  const colon = text.indexOf(':')
  const clientId = colon < 0 ? undefined : decodeFormText(text.slice(0, colon))
  const secret = colon < 0 ? undefined : decodeFormText(text.slice(colon + 1))
  if (clientId === undefined || secret === undefined) return err(CLIENT_REQUIRED)
  if (formClientId !== undefined && formClientId !== clientId) return err(ANOTHER_CLIENT)
  return ok({ mechanism: 'client_secret_basic', clientId, secret })
}

/**
 * The client is the one that the assertion names; `client_id` may say it again, and nothing else.
 *
 * @see [RFC 7521 §4.2](https://www.rfc-editor.org/rfc/rfc7521#section-4.2)
 */
function fromAssertion(
  {
    assertion,
    type,
  }: { readonly assertion: string | undefined; readonly type: string | undefined },
  formClientId: string | undefined,
): Result<PresentedAssertion, OAuthFailure> {
  if (assertion === undefined) return err(failure('client_assertion is missing.'))
  if (type !== ASSERTION_TYPE) {
    return err(failure('client_assertion_type is missing or is not supported.'))
  }
  const clientId = claimedSubject(assertion)
  if (clientId === undefined) return err(CLIENT_REQUIRED)
  if (formClientId !== undefined && formClientId !== clientId) return err(ANOTHER_CLIENT)
  return ok({ mechanism: 'private_key_jwt', clientId, assertion })
}

import { err, ok, type Result } from 'countersign'
import type { OAuthFailure } from '../http/answers.ts'
import type { Exchange } from '../http/exchange.ts'
import { decodeFormText, type Form } from '../http/form.ts'
import type { ClientSettings } from '../model/client-settings.ts'

/** The mechanisms that exist. */
export const CLIENT_AUTH_METHODS = ['client_secret_basic', 'client_secret_post'] as const

/** Client credentials as sent. Nothing of them is verified. */
export interface PresentedClient {
  readonly mechanism: ClientSettings['tokenEndpointAuthMethod']
  readonly clientId: string
  readonly secret: string
}

const BASIC = /^Basic +([A-Za-z0-9+/]+={0,2})$/i
/** An id, a secret and room for their encoding. */
const MAX_BASIC_LENGTH = 1024

const failure = (description: string): OAuthFailure => ({ error: 'invalid_request', description })

/** What a client without credentials is told; RFC 6749 §5.2 wants a challenge with it. */
export const CLIENT_REQUIRED: OAuthFailure = {
  error: 'invalid_client',
  description: 'Client authentication is required.',
  status: 401,
  headers: [['www-authenticate', 'Basic realm="oauth", charset="UTF-8"']],
}

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
  const mechanisms = [field, secret, form.get('client_assertion')].filter(
    (value) => value !== undefined,
  )
  if (mechanisms.length > 1) {
    return err(failure('More than one client authentication mechanism was used.'))
  }
  if (field !== undefined) return fromBasic(field, form.get('client_id'))
  const clientId = form.get('client_id')
  if (secret === undefined || clientId === undefined) return err(CLIENT_REQUIRED)
  return ok({ mechanism: 'client_secret_post', clientId, secret })
}

/**
 * Id and secret are form-urlencoded before they are base64-encoded, unlike RFC 7617 (SR-035).
 *
 * @see [RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1)
 */
function fromBasic(
  field: string,
  formClientId: string | undefined,
): Result<PresentedClient, OAuthFailure> {
  const encoded = field.length > MAX_BASIC_LENGTH ? null : BASIC.exec(field)
  if (encoded === null) return err(CLIENT_REQUIRED)
  const text = Buffer.from(encoded[1] ?? '', 'base64').toString('latin1')
  const colon = text.indexOf(':')
  const clientId = colon < 0 ? undefined : decodeFormText(text.slice(0, colon))
  const secret = colon < 0 ? undefined : decodeFormText(text.slice(colon + 1))
  if (clientId === undefined || secret === undefined) return err(CLIENT_REQUIRED)
  if (formClientId !== undefined && formClientId !== clientId) {
    return err(failure('The client_id parameter names another client than the credentials.'))
  }
  return ok({ mechanism: 'client_secret_basic', clientId, secret })
}

import type { Secret } from './secret.ts'

/**
 * Writes the `Authorization` of a client at an OAuth endpoint (`client_secret_basic`): id and secret
 * are form-encoded before base64 (SR-035), so the result is ASCII whatever they hold.
 *
 * @see [RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1)
 */
export const clientSecretBasic = (clientId: string, clientSecret: Secret | string): string => {
  const secret = typeof clientSecret === 'string' ? clientSecret : clientSecret.reveal()
  return `Basic ${btoa(`${formEncode(clientId)}:${formEncode(secret)}`)}`
}

const formEncode = (text: string): string =>
  new URLSearchParams([['', text]]).toString().slice('='.length)

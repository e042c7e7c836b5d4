import { ConfigError } from '../../core/errors.ts'
import type { Secret } from '../../core/secret.ts'

// oxlint-disable-next-line no-control-regex -- finding control characters is the point
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/

/**
 * Writes the `Authorization` value for a user name and a password, in UTF-8 and NFC.
 *
 * Send it over HTTPS only: base64 is not encryption.
 *
 * @throws {@link ConfigError} for what the scheme cannot carry: an empty user name, one with a
 * colon, or control characters.
 * @see [RFC 7617 §2](https://www.rfc-editor.org/rfc/rfc7617#section-2)
 */
export function basicCredentials(username: string, password: Secret | string): string {
  const secret = typeof password === 'string' ? password : password.reveal()
  if (username === '' || username.includes(':') || CONTROL.test(username + secret)) {
    throw new ConfigError(
      'CS_CONFIG_BASIC_CREDENTIALS',
      'basicCredentials: the user name is empty, holds a colon, or something holds control characters',
    )
  }
  const bytes = new TextEncoder().encode(`${username}:${secret}`.normalize('NFC'))
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
  return `Basic ${btoa(binary)}`
}

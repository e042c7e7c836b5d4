/**
 * What is kept of texts that callers choose. Credentials get where none belongs, such as
 * `GET /v1/keys/<the key itself>`, and a path or claim can be as long as its sender likes.
 */

/** `brand_environment_id_secret`: all of it but the secret may be shown. */
const GENERATED = /([a-z][a-z0-9]{1,15}_[a-z]{2,16}_[0-9A-Za-z]{12}_)[0-9A-Za-z]{38}/g
/** A JWS: its header says nothing of its owner. */
const TOKEN = /(eyJ[\w-]{8,}\.)[\w-]{4,}\.[\w-]*/g
/** A longer text is cut: a hostile one must not fill the disk (SR-503). */
const MAX_TEXT = 512

/**
 * A text as it may be logged and stored: without the secret parts of credentials of known forms,
 * and at most 512 characters of it. Passwords have no form, and cannot be recognised.
 */
export function redact(text: string): string {
  // Before the cut: half a credential would not be recognised.
  const shown = text.replaceAll(GENERATED, '$1[redacted]').replaceAll(TOKEN, '$1[redacted]')
  return shown.length > MAX_TEXT ? `${shown.slice(0, MAX_TEXT)}…` : shown
}

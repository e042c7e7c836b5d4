import { err, ok, type Result } from '../../core/result.ts'
import {
  MAX_SIGNATURES,
  parseSeconds,
  single,
  type WebhookFormat,
  type WebhookMessage,
  type WebhookSignature,
} from './format.ts'
import { assertKeyCount, macChecker, textSecret, type SecretText } from './keys.ts'

/** The secrets of a Stripe endpoint. */
export interface StripeOptions {
  /** The `whsec_…` of the endpoint, as Stripe shows it; the old one too while it is rolled. */
  readonly secrets: readonly SecretText[]
}

/** The field that Stripe signs in. */
export const STRIPE_FIELD = 'stripe-signature'

/** What is signed before the body. */
export const stripePrefix = (timestamp: number): string => `${timestamp}.`

/**
 * Stripe: `Stripe-Signature: t=…,v1=…`, HMAC-SHA-256 over `{t}.` and the bytes of the body.
 *
 * The whole text of the secret is the key, `whsec_` included. Test events carry `v0` beside `v1`,
 * which is ignored. No identifier is signed outside of the body: what is accepted once is the signed
 * content, and an attempt after a failure has a new time and is let through. The event's `id` in the
 * body is what the handler recognises it by.
 *
 * @throws {@link ConfigError} for no secret, or one that is too short.
 * @see https://docs.stripe.com/webhooks#verify-manually
 */
export function stripe({ secrets }: StripeOptions): WebhookFormat {
  assertKeyCount(secrets.length, 'stripe')
  const check = macChecker(
    secrets.map((secret) => textSecret(secret, 'stripe')),
    'hex',
  )
  return Object.freeze({
    name: 'stripe',
    field: STRIPE_FIELD,
    read: readStripe,
    verify: (signatures: readonly WebhookSignature[], content: Uint8Array) =>
      check(
        content,
        signatures.map(({ value }) => value),
      ),
  })
}

/** `t=1700000000`, `v1=hexadecimal`. */
const PAIR = /^([a-z0-9]{1,8})=([0-9a-f]{1,128})$/

function readStripe(header: (name: string) => readonly string[]): Result<WebhookMessage, string> {
  const text = single(header(STRIPE_FIELD), STRIPE_FIELD)
  if (!text.ok) return text
  const parts = text.value.split(',')
  if (parts.length > MAX_SIGNATURES + 1) return err(`${STRIPE_FIELD} has too many signatures`)
  const times: string[] = []
  const signatures: WebhookSignature[] = []
  for (const part of parts) {
    const [, version, value] = PAIR.exec(part) ?? []
    if (version === undefined || value === undefined)
      return err(`${STRIPE_FIELD} is not a list of t= and v1=`)
    if (version === 't') times.push(value)
    if (version === 'v1') signatures.push({ version, value })
  }
  const [time = '', ...others] = times
  const signedAt = parseSeconds(time)
  // Two times: which of them was signed is a guess that an attacker makes better.
  if (signedAt === undefined || others.length > 0)
    return err(`${STRIPE_FIELD} does not have one t in seconds`)
  const prefix = stripePrefix(signedAt)
  return ok({ prefix, signatures, signedAt, messageId: undefined, use: undefined })
}

import { mac, macKey } from '#crypto'
import { assertConfig } from '../../core/errors.ts'
import { map, type MaybePromise } from '../../core/maybe.ts'
import type { DigestEncoding } from '../../crypto/seam.ts'
import { bytesOf, MAX_SIGNATURES, parseSeconds, signedContent } from './format.ts'
import { GITHUB_FIELD } from './github.ts'
import { toBase64 } from './encoding.ts'
import { reveal, textSecret, type SecretText } from './keys.ts'
import { importPrivate, parseSecret } from './standard-keys.ts'
import { isMessageId, standardPrefix } from './standard-webhooks.ts'
import { STRIPE_FIELD, stripePrefix } from './stripe.ts'
import { all } from './together.ts'

export { mintWebhookKeyPair, mintWebhookSecret, type WebhookKeyPair } from './mint.ts'

/** The fields that a delivery is sent with, by lower-case name. */
export type WebhookFields = Readonly<Record<string, string>>

/** A delivery of Standard Webhooks to sign. */
export interface StandardDelivery {
  /** `whsec_` or `whsk_` keys: one, or the new and the old one during a rotation. */
  readonly keys: readonly SecretText[]
  /** The message's name, the same in every attempt: printable ASCII without a full stop. */
  readonly id: string
  /** Seconds since the epoch: of this attempt, not of the event. Every attempt signs anew. */
  readonly timestamp: number
  /** The bytes that are sent; a text stands for its UTF-8 bytes. Do not serialize it again. */
  readonly body: Uint8Array | string
}

/**
 * Signs one attempt of a message by Standard Webhooks 1.0.0: `v1` with `whsec_` keys and `v1a` with
 * `whsk_` keys, one signature each.
 *
 * @throws {@link ConfigError} for a key, id or time that is not exactly right.
 *
 * @example
 * ```ts
 * const fields = await signStandardWebhook({ keys: [key], id, timestamp, body })
 * await fetch(endpoint, { method: 'POST', headers: { ...fields }, body })
 * ```
 */
export function signStandardWebhook(delivery: StandardDelivery): MaybePromise<WebhookFields> {
  const { keys, id, timestamp, body } = delivery
  assertConfig(isMessageId(id), 'CS_CONFIG_WEBHOOK_ID', 'id: printable ASCII without a full stop')
  assertConfig(
    keys.length > 0 && keys.length <= MAX_SIGNATURES,
    'CS_CONFIG_WEBHOOK_KEYS',
    `keys: 1 to ${MAX_SIGNATURES}`,
  )
  const content = signedContent(standardPrefix(id, assertSeconds(timestamp)), bytesOf(body))
  return map(all(keys.map((key) => signOne(key, content))), (signatures) => ({
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures.join(' '),
  }))
}

function signOne(key: SecretText, content: Uint8Array): MaybePromise<string> {
  if (!reveal(key).startsWith('whsk_'))
    return map(macOf(parseSecret(key), content, 'base64'), (value) => `v1,${value}`)
  return map(importPrivate(key), ({ signer }) =>
    map(signer.sign(content), (signature) => `v1a,${toBase64(signature)}`),
  )
}

/** A delivery in the format of Stripe or GitHub: for tests, and for who sends in their format. */
export interface Delivery {
  readonly secrets: readonly SecretText[]
  readonly body: Uint8Array | string
}

/**
 * Signs a delivery as Stripe does, once for each secret.
 *
 * @throws {@link ConfigError} for a secret or time that is not right.
 */
export function signStripe(
  delivery: Delivery & { readonly timestamp: number },
): MaybePromise<WebhookFields> {
  const { secrets, timestamp, body } = delivery
  const content = signedContent(stripePrefix(assertSeconds(timestamp)), bytesOf(body))
  const macs = secrets.map((secret) => macOf(textSecret(secret, 'stripe'), content, 'hex'))
  return map(all(macs), (values) => ({
    [STRIPE_FIELD]: [`t=${timestamp}`, ...values.map((value) => `v1=${value}`)].join(','),
  }))
}

/**
 * Signs a delivery as GitHub does, which knows one secret and no time.
 *
 * @throws {@link ConfigError} for a secret that is too short.
 */
export const signGithub = (
  secret: SecretText,
  body: Uint8Array | string,
): MaybePromise<WebhookFields> =>
  map(macOf(textSecret(secret, 'github'), bytesOf(body), 'hex'), (value) => ({
    [GITHUB_FIELD]: `sha256=${value}`,
  }))

const macOf = (
  secret: Uint8Array,
  content: Uint8Array,
  encoding: DigestEncoding,
): MaybePromise<string> => map(macKey(new Uint8Array(secret)), (key) => mac(key, content, encoding))

function assertSeconds(timestamp: number): number {
  assertConfig(
    parseSeconds(String(timestamp)) === timestamp,
    'CS_CONFIG_WEBHOOK_TIME',
    'timestamp: whole seconds since the epoch',
  )
  return timestamp
}

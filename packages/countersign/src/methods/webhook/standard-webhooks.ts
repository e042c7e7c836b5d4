import { assertConfig } from '../../core/errors.ts'
import { map, type MaybePromise } from '../../core/maybe.ts'
import { err, ok, type Result } from '../../core/result.ts'
import type { VerifyKey } from '../../jose/keys.ts'
import { toBase64url } from './encoding.ts'
import {
  MAX_SIGNATURES,
  parseSeconds,
  single,
  type WebhookFormat,
  type WebhookMessage,
  type WebhookSignature,
} from './format.ts'
import { assertKeyCount, macChecker, type SecretText } from './keys.ts'
import { importPublic, parseSecret } from './standard-keys.ts'
import { anyOf } from './together.ts'

/** The keys of a sender of Standard Webhooks, and what counts as a repetition. */
export interface StandardWebhooksOptions {
  /** `whsec_` secrets (v1, HMAC-SHA-256): the current one, and the old one while it is rotated. */
  readonly secrets?: readonly SecretText[]
  /** `whpk_` public keys (v1a, Ed25519): nobody who reads this side can sign. */
  readonly publicKeys?: readonly string[]
  /**
   * What is accepted once. `delivery`: one attempt of one message; a sender that tries again after
   * a failure signs a new time and is let through, and the handler recognises the message by
   * `claims.messageId`. `message`: its id, for as long as an attempt is accepted; for handlers that
   * have done their work, or stored it, whenever the request was accepted: an attempt after a
   * failure of the handler is refused.
   * @defaultValue `delivery`
   */
  readonly once?: 'delivery' | 'message'
  /** First part of the field names; `svix` for senders from before the specification. */
  readonly prefix?: 'webhook' | 'svix'
}

/** Printable ASCII without the full stop, which ends the id in the signed content. */
const ID = /^[!-\-/-~]{1,256}$/

/** The identifier of a message: a full stop in it would let the parts of two messages be shifted. */
export const isMessageId = (text: string): boolean => ID.test(text)

/** What is signed before the body. */
export const standardPrefix = (id: string, timestamp: number): string => `${id}.${timestamp}.`

/**
 * Standard Webhooks 1.0.0: `v1` (HMAC-SHA-256) and `v1a` (Ed25519) over
 * `{webhook-id}.{webhook-timestamp}.` and the bytes of the body.
 *
 * One signature of the list must be good under one of the keys; versions that are not known and
 * signatures that are not good neither help nor harm. `v1` needs `secrets` and `v1a` `publicKeys`: a
 * sender cannot choose the weaker one.
 *
 * @throws {@link ConfigError} for keys that are not exactly right, or none.
 * @see [Standard Webhooks](https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md)
 */
export function standardWebhooks(options: StandardWebhooksOptions): WebhookFormat {
  const { secrets = [], publicKeys = [], once = 'delivery', prefix = 'webhook' } = options
  assertKeyCount(secrets.length + publicKeys.length, 'standardWebhooks')
  assertConfig(
    once === 'delivery' || once === 'message',
    'CS_CONFIG_WEBHOOK_ONCE',
    'standardWebhooks: once is "delivery" or "message"',
  )
  const checkMac = macChecker(secrets.map(parseSecret), 'base64')
  const keys = publicKeys.map(importEarly)
  return Object.freeze({
    name: 'standard-webhooks',
    field: `${prefix}-signature`,
    read: (header: (name: string) => readonly string[]) => readStandard(header, { once, prefix }),
    verify: (signatures: readonly WebhookSignature[], content: Uint8Array) =>
      anyOf([
        checkMac(content, valuesOf(signatures, 'v1')),
        checkEd25519(keys, content, valuesOf(signatures, 'v1a')),
      ]),
  })
}

/** A key that only the runtime refuses is told of at the first use, and not by a crash before it. */
function importEarly(text: string): MaybePromise<VerifyKey> {
  const key = importPublic(text)
  if (key instanceof Promise) key.catch(() => undefined)
  return key
}

const valuesOf = (signatures: readonly WebhookSignature[], wanted: string): readonly string[] =>
  signatures.filter(({ version }) => version === wanted).map(({ value }) => value)

function checkEd25519(
  keys: readonly MaybePromise<VerifyKey>[],
  content: Uint8Array,
  values: readonly string[],
): MaybePromise<boolean> {
  const signatures = values.map(toBase64url).filter((value) => value !== undefined)
  return anyOf(
    keys.flatMap((key) =>
      signatures.map((signature) => map(key, ({ verify }) => verify(content, signature))),
    ),
  )
}

function readStandard(
  header: (name: string) => readonly string[],
  { once, prefix }: Required<Pick<StandardWebhooksOptions, 'once' | 'prefix'>>,
): Result<WebhookMessage, string> {
  const [idName, timeName, listName] = ['id', 'timestamp', 'signature'].map(
    (name) => `${prefix}-${name}`,
  ) as [string, string, string] // three in, three out
  const id = single(header(idName), idName)
  if (!id.ok) return id
  if (!isMessageId(id.value)) return err(`${idName} is not printable ASCII without a full stop`)
  const time = single(header(timeName), timeName)
  if (!time.ok) return time
  const signedAt = parseSeconds(time.value)
  if (signedAt === undefined) return err(`${timeName} is not a number of seconds`)
  const signatures = parseSignatures(header(listName), listName)
  if (!signatures.ok) return signatures
  return ok({
    prefix: standardPrefix(id.value, signedAt),
    signatures: signatures.value,
    signedAt,
    messageId: id.value,
    use: once === 'message' ? id.value : `${id.value}.${signedAt}`,
  })
}

/** `v1,base64 v1a,base64`: one space between, one comma inside. */
const SIGNATURE = /^([a-z0-9]{1,8}),([A-Za-z0-9+/=]+)$/

function parseSignatures(
  values: readonly string[],
  name: string,
): Result<readonly WebhookSignature[], string> {
  const text = single(values, name)
  if (!text.ok) return text
  const parts = text.value.split(' ')
  // Trying many signatures on many keys is work that a stranger asks for.
  if (parts.length > MAX_SIGNATURES)
    return err(`${name} has more than ${MAX_SIGNATURES} signatures`)
  const signatures: WebhookSignature[] = []
  for (const part of parts) {
    const [, version, value] = SIGNATURE.exec(part) ?? []
    if (version === undefined || value === undefined)
      return err(`${name} is not a list of version,base64`)
    signatures.push({ version, value })
  }
  return ok(signatures)
}

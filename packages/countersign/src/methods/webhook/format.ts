import { err, ok, type Result } from '../../core/result.ts'
import type { MaybePromise } from '../../core/maybe.ts'

/** One signature as it was sent. */
export interface WebhookSignature {
  /** Names its construction: `v1`. */
  readonly version: string
  readonly value: string
}

/** What the fields of a delivery say, before anything is verified. */
export interface WebhookMessage {
  /** What stands before the body in the signed content. */
  readonly prefix: string
  readonly signatures: readonly WebhookSignature[]
  /** Seconds since the epoch, by the sender's clock; undefined where no time is signed. */
  readonly signedAt: number | undefined
  /** The sender's name for the message, the same in every attempt; undefined where none is signed. */
  readonly messageId: string | undefined
  /** What is accepted once, out of signed fields; undefined: the signed content itself. */
  readonly use: string | undefined
}

/**
 * One way to sign a webhook. To add a format: name its fields, say what is signed, verify it.
 * {@link webhook} does everything else: time, size of the body, replay, principal.
 */
export interface WebhookFormat {
  /** In the claims and the challenge: `standard-webhooks`. */
  readonly name: string
  /** The field, in lower case, whose presence makes a request a delivery of this format. */
  readonly field: string
  /**
   * For a format that signs no time: how long a delivery is remembered, in seconds. After that it
   * is accepted once more.
   */
  readonly rememberSeconds?: number
  /**
   * Reads the fields. Hostile: never throws.
   *
   * @param header - Every value of a field, by its lower-case name.
   * @returns the message, or what is wrong in words for the operator, without any value.
   */
  read(header: (name: string) => readonly string[]): Result<WebhookMessage, string>
  /**
   * Reports whether one of the signatures is good.
   *
   * @param content - The prefix and the bytes of the body as received.
   */
  verify(signatures: readonly WebhookSignature[], content: Uint8Array): MaybePromise<boolean>
}

/** Signatures looked at in one delivery; a rotation needs two. */
export const MAX_SIGNATURES = 8
/** Bytes of a field that carries signatures. */
const MAX_FIELD_BYTES = 8192

/** Reads a field that must be there once: two proxies could read different ones (SR-401). */
export function single(values: readonly string[], name: string): Result<string, string> {
  const [value, ...others] = values
  if (value === undefined) return err(`${name} is missing`)
  if (others.length > 0) return err(`${name} came more than once`)
  return value.length > MAX_FIELD_BYTES ? err(`${name} is too long`) : ok(value)
}

const SECONDS = /^[1-9]\d{0,10}$/

/**
 * Reads seconds since the epoch: digits and nothing else. `parseInt` reads `1700000000abc` as well,
 * and what was signed is the text.
 */
export const parseSeconds = (text: string): number | undefined =>
  SECONDS.test(text) ? Number(text) : undefined

const utf8 = new TextEncoder()

/** The signed content: bytes, because two bodies that are no text can be one text. */
export function signedContent(prefix: string, body: Uint8Array): Uint8Array {
  if (prefix === '') return body
  const head = utf8.encode(prefix)
  const content = new Uint8Array(head.length + body.length)
  content.set(head)
  content.set(body, head.length)
  return content
}

/** The bytes of a body; a text stands for its UTF-8 bytes. */
export const bytesOf = (body: Uint8Array | string): Uint8Array =>
  typeof body === 'string' ? utf8.encode(body) : body

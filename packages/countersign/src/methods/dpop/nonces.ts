import { macKey, mac } from '#crypto'
import { equalDigests } from '../../core/constant-time.ts'
import { assertConfig } from '../../core/errors.ts'
import { map, type MaybePromise } from '../../core/maybe.ts'

/** How nonces are made. */
export interface RollingNonceOptions {
  /** At least 32 random bytes; the same at every node. */
  readonly secret: Uint8Array
  /**
   * Seconds after which there is a new nonce. One is good for this time and as much again: a proof
   * that was made in advance is worth nothing later. @defaultValue 300
   */
  readonly rotateSeconds?: number
}

/** `current`; `ageing`: good, and a newer one should be used; `unknown`: too old, or not ours. */
export type NonceAge = 'current' | 'ageing' | 'unknown'

/** Nonces that a server hands out and knows again. */
export interface Nonces {
  /** The nonce to use now. */
  current(now: number): MaybePromise<string>
  /** @param nonce - Attacker-controlled. */
  judge(nonce: string, now: number): MaybePromise<NonceAge>
}

const MIN_SECRET_BYTES = 32
const DEFAULT_ROTATE_SECONDS = 300
const PURPOSE = 'countersign dpop-nonce'

/**
 * Makes nonces without keeping any: each is the HMAC of its span of time, so that every node with
 * the secret knows those of the others, and none costs a write. Good are the nonce of this span, of
 * the one before, and of the one after (a node whose clock is ahead handed it out).
 *
 * All callers share a nonce: it proves when a proof was made, not that it was made once. The `jti`
 * does that.
 *
 * @throws {@link ConfigError} for a short secret or a span that cannot be meant.
 * @see [RFC 9449 §8](https://www.rfc-editor.org/rfc/rfc9449#section-8) server-provided nonces
 */
export function rollingNonces(options: RollingNonceOptions): Nonces {
  const { secret, rotateSeconds = DEFAULT_ROTATE_SECONDS } = options
  assertConfig(
    secret instanceof Uint8Array && secret.length >= MIN_SECRET_BYTES,
    'CS_CONFIG_NONCE_SECRET',
    `rollingNonces: secret is ${MIN_SECRET_BYTES} random bytes or more`,
  )
  assertConfig(
    Number.isInteger(rotateSeconds) && rotateSeconds >= 10 && rotateSeconds <= 86_400,
    'CS_CONFIG_NONCE_ROTATION',
    'rollingNonces: rotateSeconds is 10 to 86400',
  )
  const key = macKey(Uint8Array.from(secret))
  const spanOf = (now: number): number => Math.floor(now / rotateSeconds)
  const nonceOf = (span: number): MaybePromise<string> =>
    map(key, (ready) => mac(ready, `${PURPOSE} ${span}`, 'base64url'))
  const matches = (nonce: string, span: number): MaybePromise<boolean> =>
    map(nonceOf(span), (own) => equalDigests(nonce, own))
  return Object.freeze({
    current: (now: number) => nonceOf(spanOf(now)),
    judge: (nonce: string, now: number) => {
      const span = spanOf(now)
      return map(matches(nonce, span), (current) => {
        if (current) return 'current'
        return map(matches(nonce, span - 1), (before) =>
          map(before || matches(nonce, span + 1), (known) => (known ? 'ageing' : 'unknown')),
        )
      })
    },
  } satisfies Nonces)
}

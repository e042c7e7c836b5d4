import { decodeBytes } from '#crypto'
import { map, type MaybePromise } from '../../core/maybe.ts'
import { Secret } from '../../core/secret.ts'
import { serializeKey } from './encoding.ts'
import { ED25519_BYTES, importSeed } from './standard-keys.ts'

/** Makes a `whsec_` secret of 32 random bytes. */
export const mintWebhookSecret = (): Secret => new Secret(serializeKey('whsec_', randomBytes(32)))

/** A new pair of keys for `v1a`. */
export interface WebhookKeyPair {
  /** `whsk_`: stays with the sender. */
  readonly privateKey: Secret
  /** `whpk_`: for whoever receives. */
  readonly publicKey: string
}

/** Makes an Ed25519 pair of keys for `v1a`. */
export function mintWebhookKeyPair(): MaybePromise<WebhookKeyPair> {
  const seed = randomBytes(ED25519_BYTES)
  return map(importSeed(seed), ({ publicJwk }) => {
    const point = decodeBytes(String(publicJwk?.['x'])) ?? new Uint8Array()
    const whole = new Uint8Array([...seed, ...point])
    const privateKey = new Secret(serializeKey('whsk_', whole))
    return { privateKey, publicKey: serializeKey('whpk_', point) }
  })
}

const randomBytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length))

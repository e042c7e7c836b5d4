import { systemClock, toSeconds } from '../core/clock.ts'
import { map, type MaybePromise } from '../core/maybe.ts'
import type { KeyInput } from '../jose/keys.ts'
import { dpopProof, importSigningKey } from '../methods/dpop/sign.ts'
import { ClientToken, type ClientCredentialsOptions } from './client-credentials.ts'
import type { Proof } from './proof.ts'

/** A client and the key that its tokens are bound to. */
export interface DpopOptions extends ClientCredentialsOptions {
  /** An asymmetric private key: ES256 or Ed25519. It never leaves this process. */
  readonly key: KeyInput
}

/**
 * Attaches a token from the client credentials grant that is bound to a key, and a DPoP proof of
 * the key for every request. Nonces that the API asks for are learnt. Whoever steals the token has
 * nothing.
 *
 * @throws {@link ConfigError} for a key that is not exactly right; on WebCrypto from a request.
 * @see [RFC 9449](https://www.rfc-editor.org/rfc/rfc9449)
 */
export function dpop(options: DpopOptions): Proof {
  const { tokenEndpoint, clock = systemClock } = options
  const key = importSigningKey(options.key)
  const prove: Prove = (parts) => map(key, (imported) => dpopProof({ ...parts, key: imported }))
  const token = new ClientToken(options, async () => ({
    dpop: await prove({ method: 'POST', url: tokenEndpoint, now: toSeconds(clock()) }),
  }))
  const nonces = new Map<string, string>()
  return Object.freeze({
    attach: async ({ request: { method, url }, now }) => {
      const accessToken = await token.get()
      const nonce = nonces.get(new URL(url).origin)
      const proof = await prove({
        method,
        url,
        now,
        accessToken,
        ...(nonce === undefined ? {} : { nonce }),
      })
      return [
        ['authorization', `DPoP ${accessToken}`],
        ['dpop', proof],
      ]
    },
    learn: (answer) => {
      const nonce = answer.headers.get('dpop-nonce')
      if (nonce !== null) nonces.set(new URL(answer.url).origin, nonce)
      if (answer.status !== 401) return false
      // RFC 9449 §9: the token is good, the proof wants a nonce.
      if (answer.headers.get('www-authenticate')?.includes('use_dpop_nonce') === true) return true
      return token.refused()
    },
  } satisfies Proof)
}

type Prove = (parts: Omit<Parameters<typeof dpopProof>[0], 'key'>) => MaybePromise<string>

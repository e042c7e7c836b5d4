import { map } from '../core/maybe.ts'
import {
  importSignatureKey,
  signRequest,
  type SignatureKeyInput,
  type SignOptions,
} from '../methods/http-signature/sign.ts'
import type { Proof } from './proof.ts'

/** How requests are signed: the key, and what of {@link SignOptions} differs from the default. */
export type SignedOptions = Omit<SignOptions, 'key' | 'clock'> & { readonly key: SignatureKeyInput }

/**
 * Signs requests with HTTP message signatures: method, target, body and time, with a fresh nonce on
 * every try.
 *
 * @throws {@link ConfigError} for a key that is not exactly right; on WebCrypto from a request.
 *
 * @example
 * ```ts
 * const key = { keyId, algorithm: 'ed25519', jwk } as const
 * const call = withProof(signed({ key }), { retries: 2 })
 * ```
 * @see [RFC 9421](https://www.rfc-editor.org/rfc/rfc9421)
 */
export function signed({ key: input, ...options }: SignedOptions): Proof {
  const key = importSignatureKey(input)
  return Object.freeze({
    attach: ({ request, body, now }) => {
      const { method, url, headers } = request
      const clock = (): number => now * 1000
      return map(key, (imported) =>
        signRequest({ method, url, headers, body }, { ...options, key: imported, clock }),
      )
    },
  } satisfies Proof)
}

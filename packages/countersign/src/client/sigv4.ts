import { signSigV4, type SigV4Signer } from '../methods/sigv4/sign.ts'
import type { Proof } from './proof.ts'

/** Whose key signs, and for which region and service. */
export type SigV4ProofOptions = Pick<
  SigV4Signer,
  'accessKeyId' | 'key' | 'sessionToken' | 'region' | 'service'
>

/**
 * Signs requests with AWS4-HMAC-SHA256, body and all. A random `amz-sdk-invocation-id` is signed
 * along: the scheme has no nonce, and two equal requests of one second would be one and its replay.
 *
 * @example
 * ```ts
 * const key = { secret: new Secret(secretAccessKey) }
 * const call = withProof(sigv4({ accessKeyId, key, region: 'local', service: 'orders' }))
 * ```
 */
export function sigv4(options: SigV4ProofOptions): Proof {
  return Object.freeze({
    attach: async ({ request, body, now }) => {
      const { method, url } = request
      const unique = ['amz-sdk-invocation-id', crypto.randomUUID()] as const
      const headers = [...request.headers, unique]
      const fields = await signSigV4({ method, url, headers, body }, { ...options, now })
      return [unique, ...fields]
    },
  } satisfies Proof)
}

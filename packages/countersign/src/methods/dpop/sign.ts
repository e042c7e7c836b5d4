import { encodeBase64url, sha256 } from '#crypto'
import { assertConfig } from '../../core/errors.ts'
import { map, type MaybePromise } from '../../core/maybe.ts'
import { randomBase62 } from '../../core/random.ts'
import type { SigningKey } from '../../jose/keys.ts'

export { importSigningKey, type SigningKey } from '../../jose/keys.ts'

/** What a proof is for. */
export interface DpopProofOptions {
  /** The key that the token is (to be) bound to; asymmetric. */
  readonly key: SigningKey
  /** The method of the request, as it will be sent. */
  readonly method: string
  /** The URL of the request; its query and fragment are left out of the proof. */
  readonly url: string
  /** The token that goes beside it. Absent at the token endpoint. */
  readonly accessToken?: string
  /** The last `DPoP-Nonce` of that server, if it gave one. */
  readonly nonce?: string
  /** Seconds since the epoch. */
  readonly now: number
}

/**
 * Makes a DPoP proof for one request. Make one for every attempt: a retry with the same proof is a
 * replay.
 *
 * Does not send anything: put it into `DPoP`, and the token into `Authorization: DPoP <token>`.
 *
 * @throws {@link ConfigError} for an HMAC key, which has no public part to show, or a URL that is
 * none.
 * @see [RFC 9449 §4.2](https://www.rfc-editor.org/rfc/rfc9449#section-4.2) proof syntax
 */
export function dpopProof(options: DpopProofOptions): MaybePromise<string> {
  const { key, accessToken, nonce } = options
  const header = encodeBase64url(JSON.stringify(headerOf(key)))
  const ath = accessToken === undefined ? undefined : sha256(accessToken)
  return map(ath, (digest) => {
    const claims = {
      jti: randomBase62(22),
      htm: options.method,
      htu: targetOf(options.url),
      iat: options.now,
      ...(digest === undefined ? {} : { ath: digest }),
      ...(nonce === undefined ? {} : { nonce }),
    }
    const input = `${header}.${encodeBase64url(JSON.stringify(claims))}`
    return map(key.signer.sign(input), (signature) => `${input}.${signature}`)
  })
}

function headerOf({ algorithm, publicJwk }: SigningKey): object {
  assertConfig(
    publicJwk !== undefined,
    'CS_CONFIG_DPOP_KEY',
    'dpopProof: an HMAC secret proves nothing to who does not hold it; use an asymmetric key',
  )
  const { kid: _kid, use: _use, alg, ...jwk } = publicJwk
  // Only the public key of AKP names its algorithm as a member of its own (RFC 9964).
  return { typ: 'dpop+jwt', alg: algorithm.name, jwk: jwk['kty'] === 'AKP' ? { ...jwk, alg } : jwk }
}

function targetOf(url: string): string {
  assertConfig(URL.canParse(url), 'CS_CONFIG_DPOP_URL', 'dpopProof: url is not absolute')
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`
}

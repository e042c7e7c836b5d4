import { generateJwk } from '#crypto'
import { randomBase62 } from '../core/random.ts'
import { Secret } from '../core/secret.ts'
import { publicPart } from '../crypto/public-part.ts'
import type { Jwk } from '../crypto/seam.ts'
import { algorithmNamed } from '../jose/algorithms.ts'
import { jwsNameOf, type SignatureAlgorithm } from '../methods/http-signature/algorithms.ts'
import { importSignatureKey, type SignatureKey } from '../methods/http-signature/sign.ts'
import type { SigningCredential } from '../methods/http-signature/source.ts'

/** What can be wrong with a signing key that was made to be refused. */
export type SigningKeyFault = 'revoked' | 'expired' | 'not-yet-valid'

/** Which signing key a test wants. */
export interface TestSigningKeyOptions {
  /** @defaultValue `ecdsa-p256-sha256` */
  readonly algorithm?: SignatureAlgorithm
  /** @defaultValue a random one */
  readonly keyId?: string
  /** Seconds since the epoch, for `expired` and `not-yet-valid`. @defaultValue 1 700 000 000 */
  readonly now?: number
  /** @defaultValue nothing: a good key */
  readonly broken?: SigningKeyFault
  /** Anything of the record that the test cares about. */
  readonly record?: Partial<Pick<SigningCredential, 'networks' | 'scopes' | 'confirmation'>>
}

/** A signing key for a test. */
export interface TestSigningKey {
  /** Signs. */
  readonly key: SignatureKey
  /** What the verifier's table holds. */
  readonly credential: SigningCredential
  /** The secret of `hmac-sha256`, or the private part of the key. In a test it is no secret. */
  readonly secret: string
  readonly publicJwk: Jwk
}

/** Makes a signing key, good or broken on purpose, with the record that belongs to it. */
export async function mintTestSigningKey(
  options: TestSigningKeyOptions = {},
): Promise<TestSigningKey> {
  const { algorithm = 'ecdsa-p256-sha256', keyId: id = `key_${randomBase62(8)}` } = options
  const facts = { ...factsOf(options), ...options.record, id }
  if (algorithm === 'hmac-sha256') {
    const secret = randomBase62(43)
    const key = await importSignatureKey({ keyId: id, algorithm, secret })
    const credential = { ...facts, algorithm, secret: new Secret(secret) }
    return { key, secret, credential, publicJwk: {} }
  }
  const primitive = algorithmNamed(jwsNameOf(algorithm))
  if (primitive === undefined) throw new TypeError(`no algorithm ${algorithm}`)
  const jwk = await generateJwk(primitive)
  const key = await importSignatureKey({ keyId: id, algorithm, jwk })
  const publicJwk = publicPart(jwk)
  return {
    key,
    secret: String(jwk['d']),
    publicJwk,
    credential: { ...facts, algorithm, publicJwk },
  }
}

function factsOf({ now = 1_700_000_000, broken }: TestSigningKeyOptions): {
  readonly tenant: string
  readonly principalId: string
  readonly scopes: readonly string[]
  readonly revokedAt: number | null
  readonly expiresAt: number | null
  readonly notBefore: number | null
} {
  return {
    tenant: 'default',
    principalId: 'service-1',
    scopes: [],
    revokedAt: broken === 'revoked' ? now - 1 : null,
    expiresAt: broken === 'expired' ? now : null,
    notBefore: broken === 'not-yet-valid' ? now + 1 : null,
  }
}

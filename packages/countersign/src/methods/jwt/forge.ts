import { encodeBase64url, encodeBytes, importSigner } from '#crypto'
import { algorithmNamed } from '../../jose/algorithms.ts'
import { importSigningKey, type SigningKey } from '../../jose/keys.ts'
import { generateSigningJwk } from './sign.ts'

/** What the attacks on a JWT verifier are made of. */
export interface JwtAttackMaterial {
  /** An issuer that the policy under attack accepts, with the `rfc9068` profile. */
  readonly issuer: string
  readonly audience: string
  /** The issuer's signing key: asymmetric, with `kid`. It signs the tokens that go wrong elsewhere. */
  readonly key: SigningKey
  /** Seconds since the epoch. */
  readonly now: number
  /** The policy's `maxLifetimeSeconds`, where it has one. */
  readonly maxLifetimeSeconds?: number
  /** The policy's `maxTokenBytes`. @defaultValue 8192 */
  readonly maxTokenBytes?: number
}

type Members = Readonly<Record<string, unknown>>

/** A token in the making: an object is written as JSON, a text as it is. */
export interface Forgery {
  readonly header?: Members | string
  readonly claims?: Members | string
  /** @defaultValue the issuer's own key */
  readonly signWith?: SigningKey
  /** Takes the place of a signature. */
  readonly signature?: string
}

/** Forges tokens against one policy. */
export interface Forger {
  readonly material: JwtAttackMaterial
  /** A key of the right algorithm and `kid` that is not the issuer's. */
  readonly rogue: SigningKey
  /** A secret made of the issuer's public key. */
  readonly confused: SigningKey
  readonly header: Members
  readonly claims: Members
  /** Makes the token; members given replace or (as undefined) remove those of a good one. */
  readonly token: (forgery?: Forgery) => Promise<string>
}

/** Makes a forger, and with it the keys of an attacker. */
export async function forger(material: JwtAttackMaterial): Promise<Forger> {
  const { key, issuer, audience, now } = material
  const rogue = await importSigningKey({
    // oxlint-disable-next-line typescript/await-thenable -- WebCrypto answers with a promise
    jwk: await generateSigningJwk(key.algorithm.name, key.kid),
  })
  const header = { alg: key.algorithm.name, typ: 'at+jwt', kid: key.kid }
  const subject = { sub: 'usr_1', client_id: 'app_1', jti: 'tok_1' }
  const times = { iat: now, exp: now + Math.min(300, material.maxLifetimeSeconds ?? 300) }
  const claims = { iss: issuer, aud: audience, ...subject, ...times }
  return {
    material,
    rogue,
    confused: await confusedKey(key),
    header,
    claims,
    token: async (forgery = {}) => {
      const input = `${part(header, forgery.header)}.${part(claims, forgery.claims)}`
      const signer = (forgery.signWith ?? key).signer
      return `${input}.${forgery.signature ?? (await signer.sign(input))}`
    },
  }
}

const part = (good: Members, change: Members | string = {}): string =>
  encodeBase64url(typeof change === 'string' ? change : JSON.stringify({ ...good, ...change }))

/** Every verifier that lets a header choose HMAC has the public key as the secret. */
async function confusedKey({ publicJwk, kid }: SigningKey): Promise<SigningKey> {
  const algorithm = algorithmNamed('HS256')
  if (algorithm === undefined) throw new Error('HS256 is in the table')
  const secret = new TextEncoder().encode(JSON.stringify(publicJwk))
  const signer = await importSigner({ kty: 'oct', k: encodeBytes(secret) }, algorithm)
  return { kid, algorithm, signer, publicJwk: undefined }
}

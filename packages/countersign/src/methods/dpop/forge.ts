import { encodeBase64url, encodeBytes, generateJwk, importSigner, sha256 } from '#crypto'
import { randomBase62 } from '../../core/random.ts'
import type { ReasonCode } from '../../core/reasons.ts'
import type { Jwk } from '../../crypto/seam.ts'
import { algorithmNamed } from '../../jose/algorithms.ts'
import { importSigningKey, type SigningKey } from '../../jose/keys.ts'

/** What the attacks on `dpop()` are made of. */
export interface DpopAttackMaterial {
  /** The key of an honest client: ES256. */
  readonly key: SigningKey
  /** Its JWK with the private members. A made-up key for tests, never a real one. */
  readonly privateJwk: Jwk
  /** A good token that is bound to the key. */
  readonly accessToken: string
  /** Another good token that is bound to the key. */
  readonly otherToken: string
  /** A good token that is bound to nothing. */
  readonly unboundToken: string
  /** What the inner method refuses a token with whose key was not proven. */
  readonly bindingReason: ReasonCode
  /** The URL of the resource that is attacked, with its path and without a query. */
  readonly url: string
  /** Seconds since the epoch. */
  readonly now: number
  readonly maxAgeSeconds: number
  readonly clockToleranceSeconds: number
}

type Members = Readonly<Record<string, unknown>>

/** A proof in the making: members given replace or (as undefined) remove those of a good one. */
export interface ProofForgery {
  /** An object is written as JSON, a text as it is. */
  readonly header?: Members | string
  readonly claims?: Members | string
  /** @defaultValue the client's own key */
  readonly signWith?: Pick<SigningKey, 'signer'>
  /** Takes the place of a signature. */
  readonly signature?: string
}

/** Forges proofs against one resource. */
export interface ProofForger {
  readonly material: DpopAttackMaterial
  /** A key of the right algorithm that is not the client's. */
  readonly rogue: SigningKey
  /** A secret made of the client's public key. */
  readonly confused: Pick<SigningKey, 'signer'>
  /** The client's public key as its proofs carry it. */
  readonly jwk: Jwk
  readonly header: Members
  /** The claims of a good proof; its `jti` is another one each time a proof is made. */
  readonly claims: Members
  readonly ath: (token: string) => Promise<string>
  readonly proof: (forgery?: ProofForgery) => Promise<string>
}

const ath = async (token: string): Promise<string> => sha256(token)

/** Makes a forger, and with it the keys of an attacker. */
export async function proofForger(material: DpopAttackMaterial): Promise<ProofForger> {
  const { key, accessToken, url, now } = material
  const jwk = bareJwk(key)
  // oxlint-disable-next-line typescript/await-thenable -- WebCrypto answers with a promise
  const rogueJwk = await generateJwk(key.algorithm)
  const header = { typ: 'dpop+jwt', alg: key.algorithm.name, jwk }
  const claims = { htm: 'GET', htu: url, iat: now, ath: await ath(accessToken) }
  return {
    material,
    rogue: await importSigningKey({ jwk: rogueJwk, algorithm: key.algorithm.name }),
    confused: await confusedKey(jwk),
    jwk,
    header,
    claims,
    ath,
    proof: async (forgery = {}) => {
      const own = { jti: randomBase62(22), ...claims }
      const input = `${part(header, forgery.header)}.${part(own, forgery.claims)}`
      const { signer } = forgery.signWith ?? key
      return `${input}.${forgery.signature ?? (await signer.sign(input))}`
    },
  }
}

/** The public key of a signing key without what says more than the key. */
export function bareJwk({ publicJwk = {} }: SigningKey): Jwk {
  const { alg: _alg, use: _use, kid: _kid, ...jwk } = publicJwk
  return jwk
}

const part = (good: Members, change: Members | string = {}): string =>
  encodeBase64url(typeof change === 'string' ? change : JSON.stringify({ ...good, ...change }))

/** A verifier that lets a header choose HMAC has the public key as the secret. */
async function confusedKey(jwk: Jwk): Promise<Pick<SigningKey, 'signer'>> {
  const algorithm = algorithmNamed('HS256')
  if (algorithm === undefined) throw new Error('HS256 is in the table')
  const secret = new TextEncoder().encode(JSON.stringify(jwk))
  return { signer: await importSigner({ kty: 'oct', k: encodeBytes(secret) }, algorithm) }
}

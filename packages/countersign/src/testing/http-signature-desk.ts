import { memoryReplay } from '../core/memory-replay.ts'
import type { Attack } from '../core/attack.ts'
import type { Method } from '../core/method.ts'
import { httpSignatureAttacks } from '../methods/http-signature/attacks.ts'
import type { HttpSignatureAttackMaterial } from '../methods/http-signature/attacks-material.ts'
import type { HttpSignatureOptions } from '../methods/http-signature/policy.ts'
import { signRequest, type SignOptions } from '../methods/http-signature/sign.ts'
import type { SigningCredential } from '../methods/http-signature/source.ts'
import { httpSignature } from '../methods/http-signature/verify.ts'
import { mintTestSigningKey } from './mint-http-signature.ts'
import type { RequestParts } from './request.ts'

/** Signed requests for a test: good ones, the attacks on them, and the method that tells. */
export interface TestSigning {
  /** Seconds since the epoch. */
  readonly now: number
  readonly material: HttpSignatureAttackMaterial
  /** The private part of the good key. In a test it is no secret. */
  readonly secret: string
  readonly find: (keyId: string) => SigningCredential | undefined
  /** A method with a replay memory of its own, which begins an hour before `now`. */
  method(options?: Partial<HttpSignatureOptions>): Method
  /** Signs a request, by default with the good key. */
  sign(parts?: RequestParts, options?: Partial<SignOptions>): Promise<RequestParts>
  attacks(): Promise<readonly Attack[]>
}

const AUTHORITY = 'api.example.test'
const TARGET = '/orders'
const MAX_BODY_BYTES = 4096

/** Makes keys, good and bad, and a method that knows all of them but the stranger's. */
export async function testSigning(now = 1_700_000_000): Promise<TestSigning> {
  const good = await mintTestSigningKey({ keyId: 'good', now })
  const stranger = await mintTestSigningKey({ keyId: 'stranger', now })
  const revoked = await mintTestSigningKey({ keyId: 'revoked', now, broken: 'revoked' })
  const expired = await mintTestSigningKey({ keyId: 'expired', now, broken: 'expired' })
  const notYetValid = await mintTestSigningKey({ keyId: 'early', now, broken: 'not-yet-valid' })
  const networks = ['203.0.113.0/24']
  const elsewhere = await mintTestSigningKey({ keyId: 'elsewhere', now, record: { networks } })
  const confirmation = { 'x5t#S256': 'thumbprint' }
  const bound = await mintTestSigningKey({ keyId: 'bound', now, record: { confirmation } })
  const known = [good, revoked, expired, notYetValid, elsewhere, bound]
  const rows = new Map(known.map(({ credential }) => [credential.id, credential]))
  const find = (keyId: string): SigningCredential | undefined => rows.get(keyId)
  const material: HttpSignatureAttackMaterial = {
    key: good.key,
    publicJwk: good.publicJwk,
    authority: AUTHORITY,
    target: TARGET,
    now,
    maxBodyBytes: MAX_BODY_BYTES,
    stranger: stranger.key,
    revoked: revoked.key,
    expired: expired.key,
    notYetValid: notYetValid.key,
    elsewhere: elsewhere.key,
    bound: bound.key,
  }
  return {
    now,
    material,
    secret: good.secret,
    find,
    method: (options) =>
      httpSignature({
        algorithms: ['ecdsa-p256-sha256'],
        source: { kind: 'records', find },
        maxBodyBytes: MAX_BODY_BYTES,
        replay: memoryReplay({ clock: () => (now - 3600) * 1000 }),
        ...options,
      }),
    sign: async (parts = {}, options = {}) => signed(material, parts, options),
    attacks: () => httpSignatureAttacks(material),
  }
}

async function signed(
  { key, now }: HttpSignatureAttackMaterial,
  parts: RequestParts,
  options: Partial<SignOptions>,
): Promise<RequestParts> {
  const { method = 'GET', authority = AUTHORITY, target = TARGET, headers = [], body } = parts
  const request = { method, url: `https://${authority}${target}`, headers, body }
  const fields = await signRequest(request, { key, clock: () => now * 1000, ...options })
  return { ...parts, method, authority, target, headers: [...headers, ...fields] }
}

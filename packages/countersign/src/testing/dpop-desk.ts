import { guard } from '../core/guard.ts'
import { memoryReplay } from '../core/memory-replay.ts'
import type { Method } from '../core/method.ts'
import type { ReplayStore } from '../core/replay.ts'
import { importSigningKey, type SigningKey } from '../jose/keys.ts'
import { proofForger, type DpopAttackMaterial, type ProofForger } from '../methods/dpop/forge.ts'
import type { DpopOptions } from '../methods/dpop/options.ts'
import { jwkThumbprint } from '../jose/thumbprint.ts'
import { dpop } from '../methods/dpop/verify.ts'
import { generateSigningJwk } from '../methods/jwt/sign.ts'
import { jwt } from '../methods/jwt/verify.ts'
import { testIssuer } from './mint-jwt.ts'
import { requestView, type RequestParts } from './request.ts'

/** The key of a DPoP client. */
export interface TestClient {
  readonly key: SigningKey
  /** With the private part. In a test it is no secret. */
  readonly jwk: Readonly<Record<string, unknown>>
  readonly jkt: string
}

/** A resource whose tokens are bound, and a client of it. */
export interface TestDpop extends TestClient {
  readonly material: DpopAttackMaterial
  readonly forge: ProofForger
  /** `dpop(jwt(…))` with a replay memory of its own, which begins an hour before `now`. */
  readonly method: (options?: DpopOptions) => Method
  /** A token; bound if the claims say so. */
  readonly mint: (claims?: object) => Promise<string>
  /** A request with the client's token and a proof, by default a fresh one. */
  readonly request: (proof?: string) => Promise<RequestParts>
}

/** Makes the key of a client. */
export async function testClient(algorithm = 'ES256'): Promise<TestClient> {
  // oxlint-disable-next-line typescript/await-thenable -- WebCrypto answers with a promise
  const jwk = await generateSigningJwk(algorithm)
  const key = await importSigningKey({ jwk })
  return { key, jwk, jkt: (await jwkThumbprint(jwk)) ?? '' }
}

/** A memory in which nothing at `now` is fenced. */
export const testReplay = (now: number): ReplayStore =>
  memoryReplay({ clock: () => (now - 3600) * 1000 })

/** Makes an issuer, a client and tokens of it for `https://api.example.test/orders`. */
export async function testDpop(now: number, algorithm = 'ES256'): Promise<TestDpop> {
  const issuer = await testIssuer({ now: () => now })
  const client = await testClient(algorithm)
  const cnf = { jkt: client.jkt }
  const accessToken = await issuer.mint({ cnf, scope: 'orders:read' })
  const material: DpopAttackMaterial = {
    key: client.key,
    privateJwk: client.jwk,
    accessToken,
    otherToken: await issuer.mint({ cnf }),
    unboundToken: await issuer.mint(),
    bindingReason: 'jwt.binding-unproven',
    url: 'https://api.example.test/orders',
    now,
    maxAgeSeconds: 60,
    clockToleranceSeconds: 5,
  }
  const forge = await proofForger(material)
  return {
    ...client,
    material,
    forge,
    method: (options = {}) =>
      dpop(jwt(issuer.options), { replay: testReplay(now), algorithms: [algorithm], ...options }),
    mint: (claims) => issuer.mint({ ...claims }),
    request: async (proof) => dpopRequest(accessToken, proof ?? (await forge.proof())),
  }
}

/** The request that a DPoP client sends. */
export const dpopRequest = (
  token: string,
  proof: string,
  rest: RequestParts = {},
): RequestParts => ({
  target: '/orders?page=1',
  headers: [
    ['authorization', `DPoP ${token}`],
    ['dpop', proof],
  ],
  ...rest,
})

/** What a guard of one method says of a request: `allowed`, or the reason. */
export async function reasonAt(now: number, method: Method, parts: RequestParts): Promise<string> {
  const desk = guard({ methods: [method], clock: () => now * 1000 })
  const decision = await desk.check(requestView(parts))
  return decision.outcome === 'refused' ? decision.reason : decision.outcome
}

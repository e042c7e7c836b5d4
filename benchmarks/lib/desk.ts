/** Countersign as a contender: the same public API that an application uses. */
import { KeyObject, randomBytes } from 'node:crypto'
import {
  guard,
  RevocationSet,
  Secret,
  type Guard,
  type RequestView,
  type Revocations,
} from 'countersign'
import { apiKey, type ApiKeyRecord } from 'countersign/api-key'
import { digestApiKey, mintApiKey, peppers } from 'countersign/api-key/mint'
import {
  jwt,
  jwtPolicy,
  staticKeySet,
  verifyJwt,
  type JwtOptions,
  type KeyInput,
} from 'countersign/jwt'
import { AUDIENCE, ISSUER, type Keys } from './tokens.ts'

async function optionsFor(algorithm: string, { verify }: Keys): Promise<JwtOptions> {
  const kid = 'k1'
  const key: KeyInput =
    verify instanceof KeyObject
      ? { jwk: { ...verify.export({ format: 'jwk' }) }, algorithm, kid }
      : { secret: verify, algorithm, kid }
  return {
    issuer: ISSUER,
    audience: AUDIENCE,
    algorithms: [algorithm],
    keys: await staticKeySet([key]),
  }
}

/** A guard that accepts the benchmark's tokens. */
export const deskFor = async (algorithm: string, keys: Keys): Promise<Guard> =>
  guard({ methods: [jwt(await optionsFor(algorithm, keys))] })

/** `verifyJwt` with room for every token, or without the memory of tokens. */
export async function verifierFor(
  algorithm: string,
  keys: Keys,
  cache: 'cached' | 'uncached',
): Promise<(token: string) => boolean> {
  const options = await optionsFor(algorithm, keys)
  const policy = jwtPolicy({ ...options, cacheEntries: cache === 'cached' ? 20_000 : 0 })
  return (token) => {
    const verdict = verifyJwt(token, policy, Math.floor(Date.now() / 1000))
    return 'outcome' in verdict && verdict.outcome === 'accepted'
  }
}

/** Keys in memory, and a guard asked with each: with leases under a live feed, and without any. */
export async function apiKeyVerifier(count: number): Promise<{
  readonly keys: readonly string[]
  verify(key: string): boolean
  verifyUnleased(key: string): boolean
}> {
  const ring = peppers(new Map([[1, new Secret(randomBytes(32).toString('base64url'))]]))
  const records = new Map<string, ApiKeyRecord>()
  const keys: string[] = []
  for (let index = 0; index < count; index += 1) {
    const { id, key } = mintApiKey({ brand: 'bench', environment: 'live' })
    records.set(id, {
      id,
      tenant: 'default',
      principalId: `svc_${index}`,
      scopes: ['orders:read'],
      ...(await digestApiKey(ring, key)),
    })
    keys.push(key.reveal())
  }
  const source = { kind: 'records', find: (id: string) => records.get(id), peppers: ring } as const
  const revoked = new RevocationSet()
  const live: Revocations = { find: (facts) => revoked.find(facts), freshness: () => 'live' }
  const terms = { brand: 'bench', environment: 'live', source } as const
  const leased = guard({ methods: [apiKey({ ...terms, revocations: live, leaseEntries: count })] })
  const unleased = guard({ methods: [apiKey(terms)] })
  return { keys, verify: asker(leased), verifyUnleased: asker(unleased) }
}

function asker(desk: Guard): (key: string) => boolean {
  return (key) => {
    const decision = desk.check(viewOf(key), { scopes: ['orders:read'] })
    return 'outcome' in decision && decision.outcome === 'allowed'
  }
}

const NONE: readonly string[] = []
const viewOf = (key: string): RequestView => ({
  method: 'GET',
  scheme: 'https',
  authority: 'api.example',
  target: '/orders',
  remoteAddress: '203.0.113.7',
  header: (name) => (name === 'x-api-key' ? [key] : NONE),
  trailer: () => NONE,
  peerCertificate: undefined,
  body: () => ({ ok: true, value: new Uint8Array(0) }),
})

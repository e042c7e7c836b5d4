/** Keys of signed requests, from an authority that keeps the secrets to itself. */
import { decodeBytes } from '#crypto'
import { toSeconds, type Clock } from '../core/clock.ts'
import { UnavailableError } from '../core/errors.ts'
import { methodLeases, type Leased } from '../core/lease.ts'
import { readRegistered, type RegisteredCredential } from '../core/registered.ts'
import type { Revocations } from '../core/revocation.ts'
import type { SigningKeySource } from '../methods/http-signature/source.ts'
import { serializeScope, type SigV4Scope } from '../methods/sigv4/scope.ts'
import type { SigV4Record, SigV4Source } from '../methods/sigv4/source.ts'
import { isList, isRecord, isTime, postVerify, type VerifyEndpoint } from './verify-endpoint.ts'

/** As the authority writes them: what it cannot have issued is not worth a question. */
const SIGNING_ID = /^sig_[0-9A-Za-z]{22}$/

/**
 * The public keys of an authority, for `httpSignature`, which leases them. HMAC keys are withheld:
 * RFC 9421 signs with the secret itself, and there is nothing to derive that would be less.
 */
export const remoteSigningKeys = (endpoint: VerifyEndpoint): SigningKeySource => ({
  kind: 'remote',
  algorithms: ['ed25519', 'ecdsa-p256-sha256'],
  find: async (keyId) => {
    if (!SIGNING_ID.test(keyId)) return undefined
    const answer = await ask(endpoint, { kind: 'http-signature', keyId })
    if (answer.reason === 'http-signature.key-withheld') return { withheld: true }
    const { asOf, key } = answer
    if (key === undefined) return undefined
    const { id } = key.credential
    if (id !== keyId || !isRecord(key.publicJwk)) throw unreadable()
    // Importing it checks the rest.
    return { ...key.credential, publicJwk: key.publicJwk, asOf }
  },
})

/** What the day keys of an edge are made of. */
export interface RemoteDayKeys {
  readonly endpoint: VerifyEndpoint
  readonly revocations: Revocations
  readonly maxStalenessSeconds: number
  readonly clock: Clock
  /** The scopes that this edge verifies; no other is asked for. */
  readonly regions: readonly string[]
  readonly services: readonly string[]
}

/** Access keys of an authority, for `sigv4`: of each the key of one day, region and service, leased. */
export function remoteDayKeys(options: RemoteDayKeys): SigV4Source {
  const { endpoint, revocations, maxStalenessSeconds, clock, regions, services } = options
  const terms = { revocations, maxStalenessSeconds }
  const leases = methodLeases<SigV4Record | undefined>(terms, 'elsewhere')
  return {
    find: (accessKeyId, scope) => {
      const { region, service } = scope
      const ours = regions.includes(region) && services.includes(service)
      if (!ours || !SIGNING_ID.test(accessKeyId)) return undefined
      const now = toSeconds(clock())
      const name = `${accessKeyId} ${serializeScope(scope)}`
      return leases.get(name, now, () => leaseDayKey(endpoint, { accessKeyId, scope }, now))
    },
  }
}

async function leaseDayKey(
  endpoint: VerifyEndpoint,
  { accessKeyId, scope }: { readonly accessKeyId: string; readonly scope: SigV4Scope },
  now: number,
): Promise<Leased<SigV4Record | undefined>> {
  const { date, region, service } = scope
  const asked = { kind: 'sigv4', accessKeyId, date, region, service }
  const answer = await ask(endpoint, asked, `countersign:day-keys:${region}:${service}`)
  const { key, asOf } = answer
  if (key === undefined) return { value: undefined }
  const signingKey = typeof key.signingKey === 'string' ? decodeBytes(key.signingKey) : undefined
  if (signingKey === undefined || key.credential.id !== accessKeyId) throw unreadable()
  const value = { ...key.credential, key: { signingKey } }
  const { revoked, expiresAt, facts } = readRegistered(value, 'sigv4', asOf)
  // What is over already is remembered briefly; the rest while it may be used.
  return revoked || expiresAt <= now ? { value } : { value, expiresAt, facts }
}

interface Answer {
  readonly asOf: number
  readonly reason?: unknown
  readonly key?: {
    readonly credential: RegisteredCredential
    readonly publicJwk?: unknown
    readonly signingKey?: unknown
  }
}

async function ask(endpoint: VerifyEndpoint, asked: object, needs?: string): Promise<Answer> {
  const answer = await postVerify(endpoint, asked, needs)
  if (!isRecord(answer)) throw unreadable()
  const { outcome, reason, asOf, credential, publicJwk, signingKey } = answer
  if (typeof asOf !== 'number') throw unreadable()
  if (outcome === 'rejected') return { asOf, reason }
  if (outcome !== 'found' || !isCredential(credential)) throw unreadable()
  return { asOf, key: { credential, publicJwk, signingKey } }
}

/** What the authority says is believed; that it is the authority's answer is checked by its shape. */
function isCredential(value: unknown): value is RegisteredCredential {
  if (!isRecord(value)) return false
  const { scopes, confirmation, metadata } = value
  return (
    ['id', 'tenant', 'principalId'].every((name) => typeof value[name] === 'string') &&
    Array.isArray(scopes) &&
    scopes.every((scope) => typeof scope === 'string') &&
    ['notBefore', 'expiresAt', 'revokedAt'].every((name) => isTime(value[name])) &&
    ['limits', 'networks'].every((name) => isList(value[name])) &&
    (metadata === undefined || isRecord(metadata)) &&
    (confirmation === undefined || confirmation === null || isRecord(confirmation))
  )
}

const unreadable = (): UnavailableError =>
  new UnavailableError('authority', '/v1/verify answered what cannot be read')

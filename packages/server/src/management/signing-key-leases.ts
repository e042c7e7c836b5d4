/** `POST /v1/verify` with the id of a signing key: what a verifier may lease to verify with. */
import { coversScope, ok, type Principal, type ReasonCode, type Result } from 'countersign'
import type { SigV4Scope } from 'countersign/sigv4'
import type { AuthorityContext } from '../context.ts'
import { secondsOf } from '../credentials/audited.ts'
import { forbidden, type Refusal } from '../credentials/refusal.ts'
import { signingKeySource, sigv4Source } from '../credentials/signing-credentials-source.ts'

/** A key that a verifier asks for, by what a request that it received says. Attacker-controlled. */
export type AskedKey =
  | { readonly kind: 'http-signature'; readonly keyId: string }
  | ({ readonly kind: 'sigv4'; readonly accessKeyId: string } & SigV4Scope)

/** A credential with what verifies its signatures, or why there is none to give. */
export type KeyLease =
  | {
      readonly outcome: 'found'
      readonly credential: object
      readonly publicJwk?: object
      /** 32 bytes of base64url. A secret: good for signing, too, inside its day, region and service. */
      readonly signingKey?: string
    }
  | { readonly outcome: 'rejected'; readonly reason: ReasonCode }

/** Who asks, and about whose keys. */
export interface KeyCaller {
  readonly ctx: AuthorityContext
  readonly tenant: string
  readonly principal: Principal
}

const rejected = (reason: ReasonCode) => ok({ outcome: 'rejected', reason } as const)

/**
 * Finds a signing key of a tenant. Revoked and expired ones are found as well: the verifier asks that
 * on every request. An HMAC secret is never given.
 *
 * @throws UnavailableError when the store cannot be read.
 */
export function leaseKey(caller: KeyCaller, asked: AskedKey): Promise<Result<KeyLease, Refusal>> {
  return asked.kind === 'sigv4' ? leaseDayKey(caller, asked) : leasePublicKey(caller, asked.keyId)
}

async function leasePublicKey({ ctx, tenant }: KeyCaller, keyId: string) {
  const found = await signingKeySource(ctx, tenant).find(keyId)
  if (found === undefined) return rejected('http-signature.key-unknown')
  if (!('publicJwk' in found)) return rejected('http-signature.key-withheld')
  const { publicJwk, ...credential } = found
  return ok({ outcome: 'found', credential, publicJwk } as const)
}

async function leaseDayKey(
  { ctx, tenant, principal }: KeyCaller,
  { accessKeyId, date, region, service }: Extract<AskedKey, { kind: 'sigv4' }>,
): Promise<Result<KeyLease, Refusal>> {
  const needed = `countersign:day-keys:${region}:${service}`
  if (!coversScope(principal.scopes, needed)) return forbidden(`This needs the scope ${needed}.`)
  if (!isAskable(date, secondsOf(ctx))) return rejected('sigv4.scope-date-mismatch')
  const found = await sigv4Source(ctx, tenant).find(accessKeyId, { date, region, service })
  if (found === undefined || !('signingKey' in found.key)) return rejected('sigv4.key-unknown')
  const { key, ...credential } = found
  const signingKey = Buffer.from(key.signingKey).toString('base64url')
  return ok({ outcome: 'found', credential, signingKey } as const)
}

/** A verifier whose clock is ahead needs tomorrow's key a little early. */
const AHEAD_SECONDS = 900
/** Presigned URLs live for seven days, from a time of day on. */
const BEHIND_SECONDS = 8 * 86_400

/** Keys of days to come are not given: an edge that is broken into gives away days, not years. */
const isAskable = (date: string, now: number): boolean =>
  date >= dayOf(now - BEHIND_SECONDS) && date <= dayOf(now + AHEAD_SECONDS)

const dayOf = (seconds: number): string =>
  new Date(seconds * 1000).toISOString().slice(0, 10).replaceAll('-', '')

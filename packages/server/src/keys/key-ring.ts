import { UnavailableError } from 'countersign'
import type { SigningKeyRecord } from '../model/records.ts'
import type { Store } from '../model/store.ts'
import type { SigningAlgorithm } from './rules.ts'
import { currentKey, isPublished } from './schedule.ts'
import { unseal, type KekRing } from './seal.ts'
import { makeSigner, type Signer } from './signer.ts'
import { OwnTokenVerifier } from './verifier.ts'

/** A tenant's keys as one process knows them, for `reloadSeconds`. */
export interface KeyRing {
  readonly records: readonly SigningKeyRecord[]
  readonly signer: Signer | undefined
  /** Recognises access tokens that a published key signed. */
  readonly verifier: OwnTokenVerifier
  /** Recognises ID tokens likewise. */
  readonly idTokens: OwnTokenVerifier
  readonly jwks: { readonly keys: readonly Readonly<Record<string, unknown>>[] }
  /** Seconds since the epoch. */
  readonly loadedAt: number
}

/** `typ` of a JWT access token (RFC 9068 §2.1): no other JWT of ours can pass for one. */
export const ACCESS_TOKEN_TYP = 'at+jwt'

/** `typ` of an ID token, and of nothing else that is signed here. */
export const ID_TOKEN_TYP = 'JWT'

/** Where a sealed private key belongs; see {@link unseal}. */
export const placeOf = (tenant: string, kid: string): string => `signing-key/${tenant}/${kid}`

/** Reads a tenant's keys and opens the one that signs; the signer of the ring before is reused. */
export async function loadKeyRing(
  { store, keks }: { readonly store: Store; readonly keks: KekRing },
  tenant: string,
  { now, before }: { readonly now: number; readonly before: KeyRing | undefined },
): Promise<KeyRing> {
  const records = await store.signingKeys.list(tenant)
  const current = currentKey(records)
  const known = before?.signer?.kid === current?.id ? before?.signer : undefined
  const signer = known ?? (current === undefined ? undefined : open(keks, tenant, current))
  const published = records.filter(isPublished)
  // Unchanged keys stay the same objects: whatever was derived from them stays good.
  if (before !== undefined && sameKeys(before.records, records)) {
    return { ...before, records, signer, loadedAt: now }
  }
  return {
    records,
    signer,
    verifier: new OwnTokenVerifier(published, ACCESS_TOKEN_TYP),
    idTokens: new OwnTokenVerifier(published, ID_TOKEN_TYP),
    jwks: { keys: published.map(({ publicJwk }) => publicJwk) },
    loadedAt: now,
  }
}

const sameKeys = (left: readonly SigningKeyRecord[], right: readonly SigningKeyRecord[]): boolean =>
  fingerprint(left) === fingerprint(right)

const fingerprint = (records: readonly SigningKeyRecord[]): string =>
  records.map((record) => `${record.id} ${isPublished(record)}`).join()

function open(keks: KekRing, tenant: string, record: SigningKeyRecord): Signer {
  const text = unseal(keks, record.sealedPrivateJwk, placeOf(tenant, record.id))
  // Sealed by this module from a JWK that generate.ts made for this algorithm.
  const jwk = JSON.parse(text) as Readonly<Record<string, unknown>>
  // Only names of this union are ever written.
  const algorithm = record.algorithm as SigningAlgorithm
  return makeSigner(record.id, algorithm, jwk)
}

/** The signer of a ring, or the 503 of an authority that has no key yet. */
export function signerOf({ signer }: KeyRing): Signer {
  if (signer === undefined) throw new UnavailableError('store', 'no signing key is ready')
  return signer
}

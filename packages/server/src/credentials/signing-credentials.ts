/** Keys of services that sign requests: HMAC secrets and public keys. Tombstones stay. */
import { ok, type Secret } from 'countersign'
import type { Actor } from './actor.ts'
import type { RegistryContext } from './audited.ts'
import type { Outcome } from './refusal.ts'
import { rotateCredential, type RotatedCredential, type RotationInput } from './rotation.ts'
import {
  createCredential,
  serviceCredentials,
  type Family,
  type IssuedCredential,
  type NewServiceCredential,
} from './service-credentials.ts'
import { makeKeyMaterial, secretOf, type SigningKind } from './signing-credentials-keys.ts'

interface GivenKey {
  /** With `public_key`, and only with it: Ed25519 or P-256. */
  readonly publicJwk?: Readonly<Record<string, unknown>> | undefined
}

/** What a new signing credential is made of. */
export interface NewSigningCredential extends NewServiceCredential, GivenKey {
  readonly kind: SigningKind
}

/** How a signing credential is rotated: a public key to a new one, an HMAC key to a new secret. */
export interface SigningRotationInput extends RotationInput, GivenKey {}

/** A signing credential that was just made; a public key has no secret. */
export type IssuedSigningCredential = IssuedCredential<Secret | undefined>

const SIGNING: Family = {
  event: 'signing-credential',
  noun: 'signing credential',
  short: 'credential',
  kinds: ['hmac_key', 'public_key'],
}
const operations = serviceCredentials(SIGNING)

/** The signing credential, revoked or not; never of another tenant. */
export const findSigningCredential = operations.find

/** Changes a signing credential; verifiers that lease it look again. */
export const updateSigningCredential = operations.update

/** Revokes a signing credential at once and leaves its tombstone. Idempotent. */
export const revokeSigningCredential = operations.revoke

/**
 * Makes a signing credential for a service, with the checks of {@link createCredential}; its id is
 * the `keyid` and the access key id on the wire.
 */
export const createSigningCredential = (
  ctx: RegistryContext,
  input: NewSigningCredential,
  actor: Actor,
): Outcome<IssuedSigningCredential> =>
  createCredential(SIGNING, ctx, {
    input,
    actor,
    make: () => makeKey(ctx, input.kind, input),
    facts: { kind: input.kind },
  })

/** Rotates a signing credential, with the checks of {@link rotateCredential}. */
export const rotateSigningCredential = (
  ctx: RegistryContext,
  input: SigningRotationInput,
  actor: Actor,
): Outcome<RotatedCredential<Secret | undefined>> =>
  rotateCredential(SIGNING, ctx, {
    input,
    actor,
    make: ({ kind }) => makeKey(ctx, kind === 'hmac_key' ? 'hmac_key' : 'public_key', input),
  })

function makeKey(ctx: RegistryContext, kind: SigningKind, { publicJwk }: GivenKey) {
  const key = makeKeyMaterial(ctx, kind, publicJwk)
  return key.ok ? ok({ key: key.value, secret: secretOf(ctx, key.value) }) : key
}

/** API keys of services: created once, changed, rotated, revoked; the record stays as a tombstone. */
import { ok, type Secret } from 'countersign'
import { isReservedEnvironment } from 'countersign/api-key'
import type { Actor } from './actor.ts'
import type { RegistryContext } from './audited.ts'
import { mintSecret } from './mint.ts'
import { invalid, type Outcome, type Refused } from './refusal.ts'
import { rotateCredential, type RotatedCredential, type RotationInput } from './rotation.ts'
import {
  createCredential,
  serviceCredentials,
  type Family,
  type IssuedCredential,
  type NewServiceCredential,
} from './service-credentials.ts'

/** What a new key is made of. */
export interface NewApiKey extends NewServiceCredential {
  /** `live`, `test`, …: part of the key, so that a test key on live is refused without a look-up. */
  readonly environment: string
}

/** A key, client secret or password that was just made. */
export type Issued = IssuedCredential<Secret>

const KEYS: Family = { event: 'key', noun: 'key', short: 'key', kinds: ['api_key'] }
const operations = serviceCredentials(KEYS)

/** The key, revoked or not; never of another tenant. */
export const findApiKey = operations.find

/** Changes a key; verifiers that lease it look again. An expiry may be brought forward or back. */
export const updateApiKey = operations.update

/** Revokes a key at once and leaves its tombstone. Idempotent. */
export const revokeApiKey = operations.revoke

/** Makes a key for a service, with the checks of {@link createCredential}. */
export const createApiKey = (
  ctx: RegistryContext,
  input: NewApiKey,
  actor: Actor,
): Outcome<Issued> =>
  createCredential(KEYS, ctx, {
    input,
    actor,
    own: checkEnvironment(input.environment),
    make: () => makeKey(ctx, input.environment),
    facts: {
      environment: input.environment,
      ...(input.confirmation ? { boundBy: Object.keys(input.confirmation) } : {}),
    },
  })

/** Rotates a key, with the checks of {@link rotateCredential}. */
export const rotateApiKey = (
  ctx: RegistryContext,
  input: RotationInput,
  actor: Actor,
): Outcome<RotatedCredential<Secret>> =>
  rotateCredential(KEYS, ctx, { input, actor, make: (old) => makeKey(ctx, old.environment) })

async function makeKey(ctx: RegistryContext, environment: string) {
  const { secret, ...minted } = await mintSecret(ctx, environment)
  return ok({ key: { ...GENERATED, ...minted, environment }, secret })
}

const GENERATED = { kind: 'api_key', algorithm: 'hmac-sha256', publicJwk: null } as const

function checkEnvironment(environment: string): Refused | undefined {
  if (/^[a-z]{2,16}$/.test(environment) && !isReservedEnvironment(environment)) return undefined
  return invalid('/environment', 'Write 2 to 16 lower-case letters such as "live"; not at, rt, cs.')
}

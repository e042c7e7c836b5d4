import { UnavailableError } from '../core/errors.ts'
import type { LimitPolicy } from '../core/limits.ts'
import type { Principal } from '../core/principal.ts'
import { REASONS, type ReasonCode } from '../core/reasons.ts'
import type { Secret } from '../core/secret.ts'
import type { RemoteKeyVerdict } from '../methods/api-key/source.ts'
import type { BasicCredentials } from '../methods/basic/format.ts'
import type { BasicAnswer } from '../methods/basic/source.ts'
import { isList, isRecord, isTime, postVerify, type VerifyEndpoint } from './verify-endpoint.ts'

/**
 * Asks the authority about an API key.
 *
 * @throws {@link UnavailableError} when it cannot be reached, or answers what cannot be read.
 */
export async function verifyRemoteKey(
  endpoint: VerifyEndpoint,
  key: Secret,
): Promise<RemoteKeyVerdict> {
  const answer = await ask(endpoint, { kind: 'api-key', value: key.reveal() })
  return answer.outcome === 'accepted'
    ? answer
    : { ...answer, reason: answer.reason ?? 'api-key.unknown' }
}

/**
 * Asks the authority about a user name and a password.
 *
 * @throws {@link UnavailableError} when it cannot be reached, or answers what cannot be read.
 */
export async function verifyRemotePassword(
  endpoint: VerifyEndpoint,
  { username, password }: BasicCredentials,
): Promise<BasicAnswer> {
  const answer = await ask(endpoint, { kind: 'basic', username, password: password.reveal() })
  if (answer.outcome === 'accepted') return answer
  const { reason } = answer
  return reason === 'basic.revoked' || reason === 'basic.too-many-failures'
    ? { outcome: 'rejected', reason }
    : { outcome: 'rejected' }
}

type Answer =
  | Extract<RemoteKeyVerdict, { readonly outcome: 'accepted' }>
  | {
      readonly outcome: 'rejected'
      readonly reason: ReasonCode | undefined
      readonly asOf: number
    }

async function ask(endpoint: VerifyEndpoint, credential: object): Promise<Answer> {
  const answer = readAnswer(await postVerify(endpoint, credential))
  if (answer === undefined) {
    throw new UnavailableError('authority', '/v1/verify answered what cannot be read')
  }
  return answer
}

/** What the authority says is believed; that it is the authority's answer is checked by its shape. */
function readAnswer(value: unknown): Answer | undefined {
  if (!isRecord(value)) return undefined
  const { outcome, principal, reason, asOf, limits, networks, expiresAt } = value
  if (typeof asOf !== 'number') return undefined
  if (outcome === 'rejected') {
    return { outcome, reason: isReason(reason) ? reason : undefined, asOf }
  }
  if (outcome !== 'accepted' || !isPrincipal(principal)) return undefined
  if (!isList(limits) || !isList(networks) || !isTime(expiresAt)) return undefined
  return {
    outcome,
    principal,
    asOf,
    expiresAt: expiresAt ?? null,
    // Policies are checked one by one by the method that applies them, networks likewise.
    limits: (limits ?? []) as readonly LimitPolicy[],
    networks: (networks ?? []) as readonly string[], // checked by the method, too
  }
}

const isReason = (value: unknown): value is ReasonCode =>
  typeof value === 'string' && Object.hasOwn(REASONS, value)

function isPrincipal(value: unknown): value is Principal {
  if (!isRecord(value)) return false
  const { scopes } = value
  const names = ['type', 'id', 'tenant', 'method', 'credentialId']
  return (
    names.every((name) => typeof value[name] === 'string') &&
    Array.isArray(scopes) &&
    scopes.every((scope) => typeof scope === 'string') &&
    isRecord(value['claims']) &&
    typeof value['authenticatedAt'] === 'number'
  )
}

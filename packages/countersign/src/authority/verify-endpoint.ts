/** `POST /v1/verify` as a verifier asks it, and the shapes that its answers are made of. */
import { fetchJson } from '#net'
import { UnavailableError } from '../core/errors.ts'
import type { FetchRequest } from '../net/seam.ts'

/** Where it is, and how it is asked. */
export type VerifyEndpoint = Omit<FetchRequest, 'method' | 'body'>

/**
 * Asks about a credential or a key.
 *
 * @param needs - The scope that the verifier's credential needs, for the operator who forgot it.
 * @throws {@link UnavailableError} when there is no answer of status 200.
 */
export async function postVerify(
  endpoint: VerifyEndpoint,
  credential: object,
  needs = 'countersign:verify',
): Promise<unknown> {
  const body = JSON.stringify({ credential })
  const headers = { ...endpoint.headers, 'content-type': 'application/json' }
  const outcome = await fetchJson({ ...endpoint, method: 'POST', headers, body })
  if (outcome.ok) return outcome.value
  const { message, status } = outcome.error
  const advice = status === 403 ? `: the credential of this verifier needs the scope ${needs}` : ''
  throw new UnavailableError('authority', `/v1/verify: ${message}${advice}`)
}

/** Reports whether this is an object of JSON. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Reports whether this is a list, or left out. */
export const isList = (value: unknown): value is readonly unknown[] | undefined =>
  value === undefined || Array.isArray(value)

/** Reports whether this is a time, `null` for never, or left out. */
export const isTime = (value: unknown): value is number | null | undefined =>
  value === undefined || value === null || typeof value === 'number'

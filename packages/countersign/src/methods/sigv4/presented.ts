import type { Attempt } from '../../core/method.ts'
import { err, ok, type Result } from '../../core/result.ts'
import {
  isPresigned,
  parseAuthorization,
  parsePresigned,
  type SigV4Authorization,
} from './format.ts'
import { parseAmzDate } from './scope.ts'

/** A signed request as it came, read from whichever place it was signed in. Nothing is verified. */
export interface Presented extends SigV4Authorization {
  readonly form: 'header' | 'presigned'
  /** As it was signed. */
  readonly amzDate: string
  /** The same in seconds since the epoch. */
  readonly signedAt: number
  /** Of a presigned URL, in seconds. */
  readonly lifetimeSeconds: number | undefined
  /** What stands for the body in the canonical request, where the request says it. */
  readonly payload: string | undefined
  readonly sessionToken: string | undefined
}

/** Why a signed request cannot be read. */
export type PresentedError = 'sigv4.malformed' | 'sigv4.mixed-forms'

/** Parameters of the scheme beside a signed header: two answers to what was signed when. */
const QUERY_PARTS = /[?&]X-Amz-(?:Date|Security-Token|Content-Sha256)=/i

/** Reads a signed request. Checks, in order: one form only, its grammar, one date that exists. */
export function readPresented({ view, authorization }: Attempt): Result<Presented, PresentedError> {
  const date = view.header('x-amz-date')
  const token = view.header('x-amz-security-token')
  const payload = view.header('x-amz-content-sha256')
  if (date.length > 1 || token.length > 1 || payload.length > 1) return err('sigv4.malformed')
  if (authorization !== undefined) {
    if (isPresigned(view.target) || QUERY_PARTS.test(view.target)) return err('sigv4.mixed-forms')
    const parsed = parseAuthorization(authorization.value)
    if (!parsed.ok) return parsed
    const { accessKeyId, scope, signedHeaders, signature } = parsed.value
    return dated({
      accessKeyId,
      scope,
      signedHeaders,
      signature,
      form: 'header',
      amzDate: date[0] ?? '',
      lifetimeSeconds: undefined,
      payload: payload[0],
      sessionToken: token[0],
    })
  }
  if (date.length + token.length > 0) return err('sigv4.mixed-forms')
  const parsed = parsePresigned(queryOf(view.target))
  if (!parsed.ok) return parsed
  if (parsed.value.payload !== undefined && payload.length > 0) return err('sigv4.mixed-forms')
  const { value } = parsed
  return dated({ ...value, payload: value.payload ?? payload[0], form: 'presigned' })
}

function dated(read: Omit<Presented, 'signedAt'>): Result<Presented, 'sigv4.malformed'> {
  const signedAt = parseAmzDate(read.amzDate)
  return signedAt === undefined ? err('sigv4.malformed') : ok({ ...read, signedAt })
}

/** The query of a target, without the question mark. */
export function queryOf(target: string): string {
  const at = target.indexOf('?')
  return at < 0 ? '' : target.slice(at + 1)
}

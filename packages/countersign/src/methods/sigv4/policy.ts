import type { Attempt } from '../../core/method.ts'
import { rejected, type Rejected } from '../../core/verdict.ts'
import { isAmbiguous } from './ambiguous.ts'
import type { ResolvedSigV4 } from './options.ts'
import type { Presented } from './presented.ts'
import type { ResolvedService } from './service.ts'

/** Headers of the scheme: what they say must be what was signed. */
const SCHEME_HEADERS = [
  'x-amz-date',
  'x-amz-content-sha256',
  'x-amz-decoded-content-length',
  'x-amz-target',
  'x-amz-trailer',
]
const TOKEN_HEADER = 'x-amz-security-token'

/**
 * Checks everything that needs no key, in order: target, day, region, service, clock or lifetime,
 * required headers signed, signed headers present.
 *
 * @returns the service's way of signing, or the rejection.
 */
export function checkPolicy(
  policy: ResolvedSigV4,
  attempt: Attempt,
  presented: Presented,
): ResolvedService | Rejected {
  const { trace } = attempt
  const { date, region, service: name } = presented.scope
  const service = policy.services.get(name)
  const day = presented.amzDate.slice(0, 8)
  trace?.check('sigv4.scope-date', date === day, day, date)
  if (date !== day) return rejected('sigv4.scope-date-mismatch')
  const isHere = policy.regions.includes(region)
  trace?.check('sigv4.region', isHere, policy.regions, region)
  if (!isHere) return rejected('sigv4.region-mismatch')
  trace?.check('sigv4.service', service !== undefined, [...policy.services.keys()], name)
  if (service === undefined) return rejected('sigv4.service-mismatch')
  const ambiguous = !policy.allowsAmbiguous && isAmbiguous(attempt.view.target, service.path)
  trace?.check('sigv4.target', !ambiguous)
  if (ambiguous) return rejected('sigv4.target-ambiguous')
  return (
    checkTime(policy, attempt, presented) ??
    checkHeaders(policy, attempt, { presented, service }) ??
    service
  )
}

function checkTime(
  policy: ResolvedSigV4,
  { trace, now }: Attempt,
  { signedAt, lifetimeSeconds }: Presented,
): Rejected | undefined {
  const { maxAgeSeconds, toleranceSeconds, presigned } = policy
  const age = now - signedAt
  const early = age < -toleranceSeconds
  const late = lifetimeSeconds === undefined && age > maxAgeSeconds
  trace?.check('sigv4.clock', !early && !late, maxAgeSeconds, age)
  if (early || late) return rejected('sigv4.clock-skew', { ageSeconds: age })
  if (lifetimeSeconds === undefined) return undefined
  const most = presigned?.maxLifetimeSeconds ?? 0
  trace?.check('sigv4.lifetime', lifetimeSeconds <= most, most, lifetimeSeconds)
  if (lifetimeSeconds > most) return rejected('sigv4.lifetime-exceeded', { lifetimeSeconds, most })
  trace?.check('sigv4.url-expiry', age < lifetimeSeconds, lifetimeSeconds, age)
  return age < lifetimeSeconds ? undefined : rejected('sigv4.url-expired', { ageSeconds: age })
}

interface HeaderCase {
  readonly presented: Presented
  readonly service: ResolvedService
}

function checkHeaders(
  policy: ResolvedSigV4,
  { view, trace }: Attempt,
  { presented, service }: HeaderCase,
): Rejected | undefined {
  const { signedHeaders } = presented
  const present = (name: string): boolean => view.header(name).length > 0
  const required = ['host', ...SCHEME_HEADERS, ...policy.signedHeaders]
  if (service.tokenSigned) required.push(TOKEN_HEADER)
  const unsigned = required.filter(
    (name) => !signedHeaders.includes(name) && (name === 'host' || present(name)),
  )
  trace?.check(
    'sigv4.signed-headers',
    unsigned.length === 0,
    required.filter((name) => name === 'host' || present(name)),
    signedHeaders,
  )
  if (unsigned.length > 0) return rejected('sigv4.header-unsigned', { headers: unsigned })
  const missing = signedHeaders.filter((name) => name !== 'host' && !present(name))
  // Two Host fields: a proxy may route by one, and we would verify the other.
  const oneHost = view.header('host').length <= 1
  trace?.check('sigv4.headers-present', missing.length === 0 && oneHost)
  if (!oneHost) return rejected('sigv4.malformed')
  return missing.length === 0 ? undefined : rejected('sigv4.header-missing', { headers: missing })
}

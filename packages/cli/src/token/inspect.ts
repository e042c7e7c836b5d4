/**
 * Reads what a token says about itself. This is inspection and not verification: nothing here
 * checks a signature, and whoever made the token chose every word of it.
 */
import { formatDuration, formatTime } from '../duration.ts'
import { isJson, type Json } from '../json.ts'

/** A thing about a token that its owner should know. */
export interface Finding {
  readonly severity: 'danger' | 'warning'
  /** Stable: `lifetime-long`, `algorithm-none`. */
  readonly code: string
  readonly message: string
}

/** What a token looks like from outside. */
export interface Inspection {
  readonly kind: 'jwt' | 'jwe' | 'generated' | 'unknown'
  /** Always false: see the module's comment. */
  readonly verified: false
  readonly header?: Json
  readonly claims?: Json
  /** From `iat` (or `nbf`) to `exp`. */
  readonly lifetimeSeconds?: number
  /** Public parts of a generated credential: `cs_live_<id>`. */
  readonly publicId?: string
  readonly findings: readonly Finding[]
}

const DAY = 86_400
/** A day of access without asking anybody is more than a session needs. */
const LONG_LIFETIME_SECONDS = DAY
/** In seconds, this is the year 5138; in milliseconds, 1973: no `exp` means either. */
const MILLISECONDS_FROM = 100_000_000_000
const GENERATED = /^(?<publicId>[a-z][a-z0-9]*_[a-z]+_[0-9A-Za-z]{12})_[0-9A-Za-z]{38}$/

/** Takes a token apart, whatever it is; it never throws. */
export function inspectToken(text: string, now: number): Inspection {
  const token = text.trim().replace(/^Bearer /i, '')
  const publicId = GENERATED.exec(token)?.groups?.['publicId']
  if (publicId !== undefined) return { kind: 'generated', verified: false, publicId, findings: [] }
  const parts = token.split('.')
  if (parts.length === 5) return withHeader('jwe', parts, [])
  if (parts.length !== 3) return { kind: 'unknown', verified: false, findings: [NOT_A_TOKEN] }
  const header = decode(parts[0])
  const claims = decode(parts[1])
  if (header === undefined || claims === undefined)
    return { kind: 'unknown', verified: false, findings: [NOT_A_TOKEN] }
  const lifetime = lifetimeOf(claims)
  return {
    kind: 'jwt',
    verified: false,
    header,
    claims,
    ...(lifetime === undefined ? {} : { lifetimeSeconds: lifetime }),
    findings: [
      ...headerFindings(header, parts[2] ?? ''),
      ...timeFindings(claims, lifetime, now),
      ...claimFindings(header, claims),
    ],
  }
}

function withHeader(
  kind: 'jwe',
  parts: readonly string[],
  findings: readonly Finding[],
): Inspection {
  const header = decode(parts[0])
  return { kind, verified: false, ...(header === undefined ? {} : { header }), findings }
}

function decode(part: string | undefined): Json | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part ?? '', 'base64url').toString('utf8'))
    return isJson(value) ? value : undefined
  } catch {
    return undefined
  }
}

const danger = (code: string, message: string): Finding => ({ severity: 'danger', code, message })
const warning = (code: string, message: string): Finding => ({ severity: 'warning', code, message })

const NOT_A_TOKEN = warning('unknown-form', 'This is neither a JWT nor a generated token.')

function headerFindings(header: Json, signature: string): Finding[] {
  const { alg, jwk, jku, x5u } = header
  const findings: Finding[] = []
  if (typeof alg !== 'string' || alg.toLowerCase() === 'none')
    findings.push(danger('algorithm-none', 'alg is none: anybody can write this token.'))
  else if (signature === '') findings.push(danger('signature-missing', 'The signature is empty.'))
  if (typeof alg === 'string' && alg.startsWith('HS'))
    findings.push(
      warning('algorithm-shared', `${alg} is a shared secret: every verifier can also issue.`),
    )
  for (const [name, value] of Object.entries({ jwk, jku, x5u })) {
    if (value !== undefined)
      findings.push(danger(`header-${name}`, `The header brings its own key (${name}).`))
  }
  return findings
}

function timeFindings(claims: Json, lifetime: number | undefined, now: number): Finding[] {
  const { exp, nbf } = claims
  if (exp === undefined) return [danger('expiry-missing', 'There is no exp: it is valid for ever.')]
  if (typeof exp !== 'number') return [danger('expiry-type', 'exp is no number.')]
  if (exp >= MILLISECONDS_FROM)
    return [
      danger(
        'expiry-milliseconds',
        `exp is in milliseconds: read as seconds, it is valid for ${Math.round(exp / (365 * DAY))} years.`,
      ),
    ]
  const findings: Finding[] = []
  if (lifetime !== undefined && lifetime > LONG_LIFETIME_SECONDS)
    findings.push(longLifetime(lifetime))
  if (exp <= now) findings.push(warning('expired', `It expired at ${formatTime(exp)}.`))
  if (typeof nbf === 'number' && nbf > now && nbf < MILLISECONDS_FROM)
    findings.push(warning('not-yet-valid', `It is not valid before ${formatTime(nbf)}.`))
  return findings
}

function longLifetime(lifetime: number): Finding {
  const text = lifetime >= 2 * DAY ? `${Math.round(lifetime / DAY)} days` : formatDuration(lifetime)
  const message = `It lives ${text}: whoever steals it has that long. 15 minutes is usual.`
  return lifetime >= 30 * DAY ? danger('lifetime-long', message) : warning('lifetime-long', message)
}

function claimFindings(header: Json, claims: Json): Finding[] {
  const findings: Finding[] = []
  for (const name of ['iss', 'aud', 'sub']) {
    if (claims[name] === undefined)
      findings.push(warning(`${name}-missing`, `There is no ${name}.`))
  }
  if (header['typ'] !== 'at+jwt' && claims['nonce'] !== undefined)
    findings.push(warning('id-token', 'It looks like an id_token: no API should accept it.'))
  if (claims['jti'] === undefined)
    findings.push(warning('jti-missing', 'There is no jti: it cannot be revoked by itself.'))
  return findings
}

/** Seconds from issue to expiry, where both are plain numbers. */
function lifetimeOf({ iat, nbf, exp }: Json): number | undefined {
  const from = typeof iat === 'number' ? iat : nbf
  return typeof from === 'number' && typeof exp === 'number' && exp < MILLISECONDS_FROM
    ? exp - from
    : undefined
}

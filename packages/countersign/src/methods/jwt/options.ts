import { DEFAULTS } from '../../core/defaults.ts'
import { assertConfig } from '../../core/errors.ts'
import { LruCache } from '../../core/lru.ts'
import type { Revocations } from '../../core/revocation.ts'
import { ALGORITHM_NAMES, algorithmNamed } from '../../jose/algorithms.ts'
import type { KeySet } from '../../jose/key-set.ts'
import type { JwtPolicy, PrincipalMapper, ResolvedIssuer, VerifiedToken } from './policy.ts'

/**
 * Which `typ` a token must have (RFC 8725 §3.11): `access` means `at+jwt`; `id` means `JWT` or none,
 * for issuers whose ID tokens are all they give out; a list names the accepted values itself, `''`
 * standing for none. Use `['JWT']` for issuers that do not type their access tokens: their ID tokens
 * look the same then, and only the audience and ID-token claims tell them apart.
 */
export type TokenType = 'access' | 'id' | readonly string[]

/** One issuer whose tokens are accepted. */
export interface JwtIssuer {
  /** The `iss` of its tokens, compared as an exact string. */
  readonly issuer: string
  /** Its keys; a key of one issuer never verifies a token of another. */
  readonly keys: KeySet
  /** The algorithms it signs with. No default: the token's header does not choose. */
  readonly algorithms: readonly string[]
  /** The `aud` that names this API, or several; one of them must be in the token. */
  readonly audience?: string | readonly string[]
  /** The tenant its principals belong to. @defaultValue `default` */
  readonly tenant?: string
  /** @defaultValue `access` */
  readonly tokenType?: TokenType
  /**
   * `rfc9068` asks for every claim of RFC 9068 §2.2; `custom` for `exp`, `iss` and `aud` only, and
   * `requiredClaims` names what else. @defaultValue `rfc9068`; for `id` tokens `sub` and `iat`
   */
  readonly profile?: 'rfc9068' | 'custom'
}

/** What holds for all issuers. */
export interface JwtRules {
  /** The `aud` of this API, for issuers that name none of their own. */
  readonly audience?: string | readonly string[]
  /** Longest accepted `exp` − `iat`: a token for a year is refused however it is signed. */
  readonly maxLifetimeSeconds?: number
  /** Seconds that `exp`, `nbf` and `iat` may be off; at most 300. @defaultValue 5 */
  readonly clockToleranceSeconds?: number
  /** @defaultValue 8192 */
  readonly maxTokenBytes?: number
  /** Claims that must be present beside those of the profile. */
  readonly requiredClaims?: readonly string[]
  /** Revocations to ask on every request, usually those of `authority()`. */
  readonly revocations?: Revocations
  /**
   * Maps claims to a principal, when the standard mapping (given as `principal`) is not enough.
   * Called once per token; the answer is frozen. It must not throw and must not wait.
   */
  readonly claimsToPrincipal?: PrincipalMapper
  /** Tokens whose signature is remembered; about 2 KiB each, 0 for none. @defaultValue 10000 */
  readonly cacheEntries?: number
  readonly unsafe?: {
    /**
     * Accepts tokens that are bound to a key (`cnf`) without proof of it, as if they were not
     * bound: whoever steals one can use it. The principal then has no `confirmation`.
     */
    readonly acceptUnprovenBinding?: boolean
  }
}

/** Options of {@link jwt}: one issuer, or several. */
export type JwtOptions = JwtRules & (JwtIssuer | { readonly issuers: readonly JwtIssuer[] })

const MAX_TOLERANCE_SECONDS = 300
/** RFC 9068 §2.2, beside `iss`, `exp` and `aud`, which every token needs. */
const RFC9068_CLAIMS = ['sub', 'client_id', 'iat', 'jti']
/** OpenID Connect Core §2, likewise. */
const ID_TOKEN_CLAIMS = ['sub', 'iat']
const TYPES = { access: ['at+jwt'], id: ['jwt', ''] } as const

/**
 * Completes and checks options once. Make one policy per API and reuse it: it holds the tokens
 * whose signatures were verified.
 *
 * @throws {@link ConfigError} when issuer, audience, algorithms or keys are missing, or an option
 * cannot be meant.
 */
export function jwtPolicy(options: JwtOptions): JwtPolicy {
  const issuers = 'issuers' in options ? options.issuers : [options]
  config(issuers.length > 0, 'ISSUER_MISSING', 'name at least one issuer')
  const resolved = new Map(issuers.map((each) => [each.issuer, resolveIssuer(each, options)]))
  config(resolved.size === issuers.length, 'ISSUER_REPEATED', 'an issuer is named twice')
  const tolerance = options.clockToleranceSeconds ?? DEFAULTS.clockToleranceSeconds
  config(
    tolerance >= 0 && tolerance <= MAX_TOLERANCE_SECONDS,
    'CLOCK_TOLERANCE',
    `clockToleranceSeconds is ${tolerance}; 0 to ${MAX_TOLERANCE_SECONDS}`,
  )
  const { maxLifetimeSeconds: lifetime, cacheEntries = DEFAULTS.tokenCacheEntries } = options
  config(lifetime === undefined || lifetime > 0, 'LIFETIME', 'maxLifetimeSeconds must be above 0')
  return Object.freeze({
    issuers: resolved,
    maxLifetimeSeconds: lifetime,
    clockToleranceSeconds: tolerance,
    maxTokenBytes: options.maxTokenBytes ?? DEFAULTS.maxTokenBytes,
    revocations: options.revocations,
    claimsToPrincipal: options.claimsToPrincipal,
    acceptUnprovenBinding: options.unsafe?.acceptUnprovenBinding === true,
    cache: cacheEntries === 0 ? undefined : new LruCache<string, VerifiedToken>(cacheEntries),
  })
}

function resolveIssuer(options: JwtIssuer, rules: JwtRules): ResolvedIssuer {
  const { issuer, keys, algorithms, tenant = 'default', tokenType = 'access' } = options
  config(isText(issuer), 'ISSUER_MISSING', 'issuer is missing; write the iss of the tokens')
  const audiences = [options.audience ?? rules.audience ?? []].flat()
  config(
    audiences.length > 0 && audiences.every(isText),
    'AUDIENCE_MISSING',
    `audience of ${issuer} is missing; without it a token for any other API is accepted`,
  )
  // Callers without types leave these out.
  config(
    Array.isArray(algorithms) && algorithms.length > 0,
    'ALGORITHMS_MISSING',
    `algorithms of ${issuer} are missing; name those it signs with, such as ["ES256"]`,
  )
  for (const name of algorithms) {
    const known = algorithmNamed(name) !== undefined
    config(known, 'ALGORITHM_UNKNOWN', `"${name}" is none of ${ALGORITHM_NAMES.join(', ')}`)
  }
  config(
    typeof keys?.find === 'function',
    'KEYS_MISSING',
    `keys of ${issuer} are missing; use remoteKeySet({ url }) or staticKeySet([…])`,
  )
  const types = typeof tokenType === 'string' ? TYPES[tokenType] : tokenType.map(normalizeType)
  config(types.length > 0, 'TOKEN_TYPE', `tokenType of ${issuer} is empty`)
  return Object.freeze({
    issuer,
    keys,
    algorithms: new Set(algorithms),
    audiences,
    tenant,
    types,
    refusesIdTokens: tokenType !== 'id' && types.some((type) => type === '' || type === 'jwt'),
    required: [...requiredOf(options), ...(rules.requiredClaims ?? [])],
  })
}

function requiredOf({ tokenType, profile }: JwtIssuer): readonly string[] {
  if (profile === 'custom') return []
  return tokenType === 'id' ? ID_TOKEN_CLAIMS : RFC9068_CLAIMS
}

/** RFC 7515 §4.1.9: `typ` is a media type, case-insensitive, `application/` may be left out. */
export function normalizeType(typ: string): string {
  const lower = typ.toLowerCase()
  return lower.startsWith('application/') ? lower.slice('application/'.length) : lower
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

function config(condition: boolean, code: string, message: string): void {
  assertConfig(condition, `CS_CONFIG_JWT_${code}`, `jwt: ${message}`)
}

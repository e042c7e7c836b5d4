import { assertConfig } from '../../core/errors.ts'
import type { LimitPolicy } from '../../core/limits.ts'
import type { MaybePromise } from '../../core/maybe.ts'
import { err, ok, type Result } from '../../core/result.ts'

/** Who a validated certificate is for, by an authority of that trust domain. */
export interface ClientIdentity {
  readonly kind: 'spiffe' | 'dns'
  readonly trustDomain: string
  /** The one SPIFFE id, or every DNS name in lower case. */
  readonly names: readonly string[]
}

/** What an identity is to the API. */
export interface IdentityGrant {
  readonly tenant: string
  /** @defaultValue the name that the rule matched */
  readonly principalId?: string
  /** @defaultValue `service` */
  readonly principalType?: 'service' | 'user' | 'client'
  /** An empty list can do nothing. */
  readonly scopes: readonly string[]
  /** Becomes a part of the principal's `claims`. */
  readonly metadata?: Readonly<Record<string, unknown>>
  readonly limits?: readonly LimitPolicy[]
  /** CIDR blocks that may use it; empty or absent means everywhere. */
  readonly networks?: readonly string[]
  /** Set once the certificate, its principal or its tenant was revoked: it is refused. */
  readonly revokedAt?: number | null
}

/**
 * One identity, or one shape of identities. A `*` stands for one whole segment of a SPIFFE path or
 * one whole label of a DNS name, never for a part of one and never for several.
 */
export type IdentityRule = IdentityGrant &
  (
    | {
        /** A `*` between slashes, or exact: `spiffe://prod.example/sa/billing`. The trust domain is exact. */
        readonly spiffe: string
      }
    | {
        /** `*.workers.example.com`. */
        readonly dns: string
        /** Whose authority must have vouched: a DNS name does not tell. */
        readonly trustDomain: string
      }
  )

/** An identity that is known, by the name that made it so. */
export interface MappedIdentity {
  readonly name: string
  readonly grant: IdentityGrant
}

/** Why an identity is nobody. */
export type MappingError = 'mtls.identity-unmapped' | 'mtls.identity-ambiguous'

/** The very certificate, for look-ups in a list of those that were issued. */
export interface IdentifiedCertificate {
  /** base64url SHA-256 of the DER: `x5t#S256` (RFC 8705 §3.1). */
  readonly thumbprint: string
}

/**
 * Says who an identity is to the API; asked on every request.
 *
 * @throws {@link UnavailableError} when what it looks in cannot be reached.
 */
export type Identify = (
  identity: ClientIdentity,
  certificate: IdentifiedCertificate,
) => MaybePromise<Result<MappedIdentity, MappingError>>

/** A rule for SPIFFE ids begins with `spiffe:`, which no label of a DNS name does. */
interface CompiledRule {
  readonly trustDomain: string
  readonly segments: readonly string[]
  readonly grant: IdentityGrant
}

/**
 * Maps identities by rules. An exact rule wins over a pattern, and of patterns the first. A
 * certificate whose names match more than one name is refused: it would be two callers.
 *
 * @throws {@link ConfigError} for a rule that cannot be meant: `*` as a part of a segment, in the
 * trust domain or everywhere, and one rule twice.
 */
export function identityRules(
  rules: readonly IdentityRule[],
): (identity: ClientIdentity) => Result<MappedIdentity, MappingError> {
  const compiled = rules.map(compile)
  const texts = new Set(
    compiled.map(({ trustDomain, segments }) => `${trustDomain} ${segments.join('/')}`),
  )
  assertConfig(
    texts.size === compiled.length,
    'CS_CONFIG_MTLS_RULE_REPEATED',
    'mtls: two rules are for the same identity; only one of them could ever count',
  )
  // Exact ones first; the sort is stable.
  const ordered = compiled.toSorted((left, right) => wildcards(left) - wildcards(right))
  return ({ kind, trustDomain, names }) => {
    const own = ordered.filter((rule) => rule.trustDomain === trustDomain)
    const hits = names.flatMap((name) => {
      const segments = split(kind, name)
      const rule = own.find((candidate) => matches(candidate, segments))
      return rule === undefined ? [] : [{ name, grant: rule.grant }]
    })
    const [hit, second] = hits
    if (hit === undefined) return err('mtls.identity-unmapped')
    return second === undefined ? ok(hit) : err('mtls.identity-ambiguous')
  }
}

const wildcards = ({ segments }: CompiledRule): number => (segments.includes('*') ? 1 : 0)

/** Empty segments never match a pattern: `spiffe://` and the trust domain are segments as well. */
const split = (kind: ClientIdentity['kind'], name: string): readonly string[] =>
  name.split(kind === 'spiffe' ? '/' : '.')

const matches = ({ segments }: CompiledRule, found: readonly string[]): boolean =>
  segments.length === found.length &&
  segments.every(
    (segment, index) => segment === found[index] || (segment === '*' && found[index] !== ''),
  )

const SPIFFE = /^spiffe:\/\/([a-z0-9._-]{1,255})((?:\/(?:\*|[A-Za-z0-9._-]+))+)$/
const DNS = /^(?:(?:\*|[a-z0-9_-]{1,63})\.)*[a-z0-9_-]{1,63}$/

function compile(rule: IdentityRule): CompiledRule {
  const text = 'spiffe' in rule ? rule.spiffe : rule.dns
  const match = 'spiffe' in rule ? SPIFFE.exec(text) : DNS.exec(text)
  assertConfig(
    match !== null && /[^/*]/.test(match[2] ?? text),
    'CS_CONFIG_MTLS_RULE',
    `mtls: "${text}" is no identity; * stands for one whole segment and not for all of them`,
  )
  const kind = 'spiffe' in rule ? 'spiffe' : 'dns'
  const trustDomain = 'spiffe' in rule ? (match[1] ?? '') : rule.trustDomain
  return { trustDomain, segments: split(kind, text), grant: grantOf(rule) }
}

function grantOf(rule: IdentityRule): IdentityGrant {
  const { tenant, principalId, principalType, scopes, metadata, limits, networks, revokedAt } = rule
  return {
    tenant,
    scopes,
    ...(principalId === undefined ? {} : { principalId }),
    ...(principalType === undefined ? {} : { principalType }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(limits === undefined ? {} : { limits }),
    ...(networks === undefined ? {} : { networks }),
    ...(revokedAt === undefined ? {} : { revokedAt }),
  }
}

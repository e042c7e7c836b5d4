import { assertConfig } from 'countersign'
import { isDnsName } from '../certificates/names.ts'
import { issuancePolicy, type Applicant, type IssuancePolicy } from '../certificates/policy.ts'
import {
  resolveTrustRules,
  successionSeconds,
  type TrustRules,
} from '../certificates/trust-rules.ts'

/** How an installation issues certificates. */
export interface CertificateOptions {
  /** The SPIFFE trust domain: a host name in lower case, which no other installation has. */
  readonly trustDomain: string
  /** Domains whose host names its CAs may certify. @defaultValue none */
  readonly dnsDomains?: readonly string[]
  /** Host names that a principal may have, each in full. @defaultValue none for anybody */
  readonly dnsNames?: (applicant: Applicant) => readonly string[]
  /** Life of a CA. @defaultValue 31,536,000, a year */
  readonly lifetimeSeconds?: number
  /** How one CA follows another. */
  readonly trust?: Partial<TrustRules>
}

/** {@link CertificateOptions}, complete and checked. */
export interface ResolvedCertificates {
  readonly trustDomain: string
  readonly dnsDomains: readonly string[]
  readonly policy: IssuancePolicy
  readonly lifetimeSeconds: number
  readonly rules: TrustRules
}

const YEAR_SECONDS = 31_536_000

/** Completes and checks the options. @throws `ConfigError` naming the option and the fix. */
export function resolveCertificates(options: CertificateOptions): ResolvedCertificates {
  const { trustDomain, dnsDomains = [], dnsNames, lifetimeSeconds = YEAR_SECONDS, trust } = options
  const rules = resolveTrustRules(trust)
  assertConfig(
    dnsDomains.every(isDnsName),
    'CS_CONFIG_CERTIFICATES',
    'certificates.dnsDomains: write host names in lower case',
  )
  assertConfig(
    Number.isSafeInteger(lifetimeSeconds) && lifetimeSeconds >= 2 * successionSeconds(rules),
    'CS_CONFIG_CERTIFICATES',
    `certificates.lifetimeSeconds: whole seconds, at least ${2 * successionSeconds(rules)}: a CA stops long before its end`,
  )
  const named = dnsNames === undefined ? {} : { dnsNames }
  const policy = issuancePolicy({ trustDomain, ...named })
  return Object.freeze({ trustDomain, dnsDomains, policy, lifetimeSeconds, rules })
}

import { assertConfig } from '../../core/errors.ts'
import { map, type MaybePromise } from '../../core/maybe.ts'
import type { Attempt, Method } from '../../core/method.ts'
import { judgeRegistered, readRegistered, type RegisteredReasons } from '../../core/registered.ts'
import { assertFresh, type Revocations } from '../../core/revocation.ts'
import { accepted, rejected, type Verdict } from '../../core/verdict.ts'
import type { PathLimits } from '../../x509/path.ts'
import { CertificateJudge, type VerifiedCertificate } from './certificates.ts'
import {
  certificateReader,
  type CertificateOrigin,
  type CertificateReader,
} from './forwarded/proxy.ts'
import type { Forwarded } from './forwarded/result.ts'
import type { Identify, MappedIdentity } from './mapping.ts'
import type { TrustStore } from './trust.ts'

/** How client certificates are accepted. */
export interface MtlsOptions {
  /** Who may vouch for clients. It may change at any time. */
  readonly trust: TrustStore
  /** Who an identity is: `identityRules([...])`, or a look-up of one's own. */
  readonly identify: Identify
  /** @defaultValue `connection`: the certificate of the TLS connection to this process */
  readonly from?: CertificateOrigin
  /** Refuses what was revoked; `credential` names the `x5t#S256` of a certificate. */
  readonly revocations?: Revocations
  /** Good paths kept, about 1 KiB each. @defaultValue 10,000 */
  readonly maxCached?: number
  /** Bounds on the work of one path. */
  readonly limits?: PathLimits
  /** Ways to be less strict. Each opens something; say why beside it. */
  readonly unsafe?: {
    /** Accept certificates that name no purpose: one for signing code is a client, too. */
    readonly missingPurpose?: boolean
  }
}

const REASONS: RegisteredReasons = {
  revoked: 'mtls.revoked',
  notYetValid: 'mtls.not-yet-valid',
  expired: 'mtls.expired',
  networkDenied: 'mtls.network-denied',
}

/**
 * Accepts callers by the certificate of their TLS connection, on every request anew: the server asks
 * for a certificate (`requestCert`), and leaves the decision to this method (`rejectUnauthorized:
 * false`), because what TLS decides it decides once for a connection.
 *
 * Checks, in order: form of the forwarded fields, form of the certificate, identity, path (RFC 5280:
 * dates, purpose `clientAuth`, constraints, signatures, revocation lists), deny list, mapping,
 * revoked, dates again, networks. The principal is bound to the certificate.
 *
 * Does not check that the peer holds the key: TLS has, here or at the proxy. Does not ask OCSP.
 *
 * @throws {@link ConfigError} for options that cannot be meant.
 *
 * @example
 * ```ts
 * const trust = new TrustStore([{ trustDomain: 'prod.example', anchors: [{ name: 'ca-1', certificate, state: 'active' }] }])
 * const identify = identityRules([
 *   { spiffe: 'spiffe://prod.example/billing', tenant: 'default', scopes: ['orders:read'] },
 * ])
 * const desk = guard({ methods: [mtls({ trust, identify })] })
 * ```
 * @see [RFC 5280 §6](https://www.rfc-editor.org/rfc/rfc5280#section-6) path validation
 */
export function mtls(options: MtlsOptions): Method {
  const { trust, maxCached = 10_000, limits, unsafe = {}, from = 'connection' } = options
  assertConfig(
    Number.isInteger(maxCached) && maxCached >= 1,
    'CS_CONFIG_MTLS_CACHE',
    'mtls: maxCached is a positive integer',
  )
  const judge = new CertificateJudge({
    trust,
    maxCached,
    limits,
    acceptMissingPurpose: unsafe.missingPurpose === true,
  })
  const policy: MtlsPolicy = { ...options, judge, presented: certificateReader(from) }
  return Object.freeze({
    name: 'mtls',
    challenge: { scheme: 'Certificate' },
    locate: (attempt: Attempt) => (policy.presented.finds(attempt) ? 'tls' : undefined),
    verify: (attempt: Attempt) => verifyCertificate(policy, attempt),
  } satisfies Method)
}

interface MtlsPolicy extends MtlsOptions {
  readonly judge: CertificateJudge
  readonly presented: CertificateReader
}

function verifyCertificate(policy: MtlsPolicy, attempt: Attempt): MaybePromise<Verdict> {
  return map(policy.presented.read(attempt), (presented) =>
    verifyPresented(policy, attempt, presented),
  )
}

function verifyPresented(
  policy: MtlsPolicy,
  attempt: Attempt,
  presented: Forwarded,
): MaybePromise<Verdict> {
  attempt.trace?.check('mtls.presented', presented.ok)
  if (!presented.ok) return rejected(presented.error)
  if (presented.value === undefined) return rejected('mtls.malformed')
  if (policy.revocations !== undefined) assertFresh(policy.revocations, attempt.now)
  return map(policy.judge.judge(presented.value, attempt), (judged) => {
    if (!judged.ok) return judged.error
    const certificate = judged.value
    return map(policy.identify(certificate.identity, certificate), (mapped) => {
      attempt.trace?.check('mtls.mapping', mapped.ok, 'one rule', certificate.identity.names)
      return mapped.ok
        ? admit(policy, attempt, { certificate, mapped: mapped.value })
        : rejected(mapped.error, { id: certificate.thumbprint, names: certificate.identity.names })
    })
  })
}

interface Known {
  readonly certificate: VerifiedCertificate
  readonly mapped: MappedIdentity
}

function admit(policy: MtlsPolicy, attempt: Attempt, { certificate, mapped }: Known): Verdict {
  const { thumbprint, identity, anchorName, notBefore, notAfter } = certificate
  const { name, grant } = mapped
  const registered = readRegistered(
    {
      ...grant,
      id: thumbprint,
      principalId: grant.principalId ?? name,
      metadata: { ...grant.metadata, identity: name, trust_domain: identity.trustDomain },
      notBefore,
      // Certificates are good until the end of that second.
      expiresAt: notAfter + 1,
      confirmation: { 'x5t#S256': thumbprint },
    },
    'mtls',
    attempt.now,
  )
  const { revocations } = policy
  const refused = judgeRegistered(
    { name: 'mtls', reasons: REASONS, revocations },
    attempt,
    registered,
  )
  if (refused !== undefined) return refused
  policy.trust.noteUse(identity.trustDomain, anchorName, attempt.now)
  return accepted(registered.principal, registered.limits)
}

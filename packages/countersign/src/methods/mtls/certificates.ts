import { UnavailableError } from '../../core/errors.ts'
import { LruCache } from '../../core/lru.ts'
import { map, type MaybePromise } from '../../core/maybe.ts'
import type { Attempt } from '../../core/method.ts'
import type { ReasonCode } from '../../core/reasons.ts'
import type { PeerCertificate } from '../../core/request.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { rejected, type Rejected } from '../../core/verdict.ts'
import { parseCertificate, type Certificate } from '../../x509/certificate.ts'
import { readIdentity, type CertificateIdentity } from '../../x509/identity.ts'
import { validatePath, type PathLimits, type ValidPath } from '../../x509/path.ts'
import type { PathError } from '../../x509/path-error.ts'
import type { ResolvedBundle } from './bundle.ts'
import { denialKey, pathDenialKeys, thumbprintOf } from './denial.ts'
import type { ClientIdentity } from './mapping.ts'
import type { TrustStore } from './trust.ts'

/** A certificate with a path to an authority of its trust domain. */
export interface VerifiedCertificate {
  /** `x5t#S256` */
  readonly thumbprint: string
  readonly identity: ClientIdentity
  /** The authority that it rests on. */
  readonly anchorName: string
  /** Seconds since the epoch, inclusive. */
  readonly notBefore: number
  /** Seconds since the epoch, inclusive: the first end in the whole path. */
  readonly notAfter: number
}

interface Entry {
  readonly certificate: VerifiedCertificate
  readonly denialKeys: readonly string[]
  readonly version: number
  readonly from: number
  /** Seconds since the epoch, exclusive: when time alone could change the answer. */
  readonly until: number
}

/** What certificates are judged by. */
export interface CertificatePolicy {
  readonly trust: TrustStore
  /** Verdicts kept. */
  readonly maxCached: number
  readonly limits: PathLimits | undefined
  readonly acceptMissingPurpose: boolean
}

type Judged = Result<VerifiedCertificate, Rejected>
type Checked = Result<Entry, Rejected>

/** What the reasons of the path are in the table; the rest is `mtls.untrusted`. */
const REASON: Readonly<Partial<Record<PathError, ReasonCode>>> = {
  expired: 'mtls.expired',
  'not-yet-valid': 'mtls.not-yet-valid',
  'key-usage': 'mtls.purpose-mismatch',
  'extended-key-usage': 'mtls.purpose-mismatch',
  revoked: 'mtls.revoked',
}

/** The operator's lists are missing or old: that is no fault of the client, and no reason to accept. */
const UNANSWERED: readonly PathError[] = ['crl-missing', 'crl-stale', 'crl-invalid']

/**
 * Judges client certificates, and remembers the good ones by thumbprint: signatures are checked
 * once, everything that time, trust or the deny list could change on every request. Refusals are
 * not remembered: they depend on what else the peer sent. The memory is bounded.
 */
export class CertificateJudge {
  readonly #policy: CertificatePolicy
  readonly #known: LruCache<string, Entry>

  constructor(policy: CertificatePolicy) {
    this.#policy = policy
    this.#known = new LruCache(policy.maxCached)
  }

  /**
   * Judges what a peer presented. Checks, in order: form, identity, path, deny list.
   *
   * @throws {@link UnavailableError} without a current revocation list where lists are asked.
   */
  judge(peer: PeerCertificate, attempt: Attempt): MaybePromise<Judged> {
    const { trust } = this.#policy
    return map(thumbprintOf(peer.der), (thumbprint) => {
      const known = this.#known.get(thumbprint)
      const holds =
        known?.version === trust.version && attempt.now >= known.from && attempt.now < known.until
      attempt.trace?.check('mtls.cached', holds)
      const checked = holds ? ok(known) : this.#check({ peer, thumbprint, attempt })
      return map(checked, (entry) => {
        if (!entry.ok) return entry
        // The trust changed while signatures were being checked: the answer is to an old question.
        if (entry.value.version !== trust.version) return this.judge(peer, attempt)
        return this.#admit(entry.value, attempt)
      })
    })
  }

  #admit(entry: Entry, { trace }: Attempt): Judged {
    this.#known.set(entry.certificate.thumbprint, entry)
    const denied = this.#policy.trust.isDenied(entry.denialKeys)
    trace?.check('mtls.deny-list', !denied)
    const { thumbprint } = entry.certificate
    return denied ? err(rejected('mtls.denied', { id: thumbprint })) : ok(entry.certificate)
  }

  #check({ peer, thumbprint, attempt }: Presented): MaybePromise<Checked> {
    const { trace } = attempt
    const leaf = parseCertificate(peer.der)
    trace?.check('mtls.form', leaf.ok, 'one DER certificate')
    if (!leaf.ok) return err(rejected('mtls.malformed', { id: thumbprint, why: leaf.error }))
    const identity = readIdentity(leaf.value)
    trace?.check('mtls.identity', identity.ok, 'one SPIFFE id, or DNS names')
    if (!identity.ok) {
      return err(rejected('mtls.identity-invalid', { id: thumbprint, why: identity.error }))
    }
    const question: Question = {
      leaf: leaf.value,
      sent: peer.chain.flatMap((der) => {
        // What cannot be read cannot be a part of a path either.
        const read = parseCertificate(der)
        return read.ok ? [read.value] : []
      }),
      identity: identity.value,
      thumbprint,
      attempt,
      version: this.#policy.trust.version,
    }
    return this.#ask(question, bundlesFor(this.#policy.trust, identity.value), undefined)
  }

  /** Asks one bundle after the other; the first path decides, else the first refusal. */
  #ask(
    question: Question,
    [bundle, ...others]: readonly ResolvedBundle[],
    refused: Rejected | undefined,
  ): MaybePromise<Checked> {
    const { thumbprint, attempt } = question
    if (bundle === undefined) {
      attempt.trace?.check('mtls.path', false, 'a path to an authority', refused?.reason)
      const nobody = { id: thumbprint, check: 'no-path', why: 'no bundle for its trust domain' }
      return err(refused ?? rejected('mtls.untrusted', nobody))
    }
    const { limits, acceptMissingPurpose } = this.#policy
    const path = validatePath({
      leaf: question.leaf,
      intermediates: [...question.sent, ...bundle.intermediates],
      anchors: bundle.trusted,
      at: attempt.now,
      purpose: 'client',
      unsafe: { acceptMissingPurpose },
      ...(bundle.crls === undefined ? {} : { crls: bundle.crls }),
      ...(bundle.crlPolicy === undefined ? {} : { crlPolicy: bundle.crlPolicy }),
      ...(limits === undefined ? {} : { limits }),
    })
    return map(path, (found): MaybePromise<Checked> => {
      if (found.ok) return enter(question, bundle, found.value)
      const { reason, detail } = found.error
      if (UNANSWERED.includes(reason)) {
        throw new UnavailableError('crl', `revocation lists of ${bundle.trustDomain}: ${detail}`)
      }
      const refusal = {
        id: thumbprint,
        check: reason,
        why: detail,
        trustDomain: bundle.trustDomain,
      }
      const first = refused ?? rejected(REASON[reason] ?? 'mtls.untrusted', refusal)
      return this.#ask(question, others, first)
    })
  }
}

interface Presented {
  readonly peer: PeerCertificate
  readonly thumbprint: string
  readonly attempt: Attempt
}

interface Question {
  readonly leaf: Certificate
  readonly sent: readonly Certificate[]
  readonly identity: CertificateIdentity
  readonly thumbprint: string
  readonly attempt: Attempt
  /** Of the trust that is asked, all the way: an answer to a mixture would never be asked again. */
  readonly version: number
}

/** A SPIFFE id is for its own trust domain to vouch for; a DNS name does not tell which. */
function bundlesFor(trust: TrustStore, identity: CertificateIdentity): readonly ResolvedBundle[] {
  if (identity.kind === 'dns') return trust.bundles
  const own = trust.bundle(identity.trustDomain)
  return own === undefined ? [] : [own]
}

function enter(
  { leaf, identity, thumbprint, attempt, version }: Question,
  bundle: ResolvedBundle,
  path: ValidPath,
): MaybePromise<Checked> {
  const { trustDomain } = bundle
  attempt.trace?.check('mtls.path', true, undefined, trustDomain)
  const names = identity.kind === 'spiffe' ? [identity.id] : identity.names
  const anchor = bundle.anchors.find(({ parsed }) => parsed === path.anchor)
  const certificate: VerifiedCertificate = {
    thumbprint,
    identity: { kind: identity.kind, trustDomain, names },
    anchorName: anchor?.name ?? '',
    notBefore: leaf.notBefore,
    notAfter: path.notAfter,
  }
  const named = names.map((name) => denialKey({ kind: 'identity', trustDomain, identity: name }))
  const until = Math.min(path.notAfter + 1, nextListAt(bundle, attempt.now))
  return map(pathDenialKeys(path.chain, trustDomain), (keys) =>
    ok({ certificate, denialKeys: [...named, ...keys], version, from: attempt.now, until }),
  )
}

/** When a list begins to count, or stops to. */
function nextListAt({ crls = [] }: ResolvedBundle, now: number): number {
  const changes = crls.flatMap(({ thisUpdate, nextUpdate }) => [thisUpdate, nextUpdate + 1])
  return Math.min(...changes.filter((at) => at > now))
}

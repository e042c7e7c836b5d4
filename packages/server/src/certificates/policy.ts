import { assertConfig, err, ok, type Principal, type Result } from 'countersign'
import { isDnsName, isSpiffeSegment, readSpiffeId, type CertificateIdentity } from './names.ts'
import type { NameWish } from './wish.ts'

/** Who asks for a certificate: an authenticated principal, as any method answers it. */
export type Applicant = Pick<Principal, 'tenant' | 'type' | 'id' | 'actor'>

/** How an installation hands out names. */
export interface IssuancePolicyOptions {
  /** The trust domain of the CA. */
  readonly trustDomain: string
  /**
   * Host names that a principal may have, in lower case, each in full. From the operator's records.
   * @defaultValue none for anybody
   */
  readonly dnsNames?: (applicant: Applicant) => readonly string[]
}

/**
 * Why a principal got no name. `delegated`: it acts for somebody else, whose name it must not take
 * home for a day. `principal`: its ids cannot be written in a SPIFFE ID. `wildcard`, `not-allowed`:
 * it wishes for what is not its own; it is told so instead of getting something else.
 */
export type PolicyRefusal = 'delegated' | 'principal' | 'wildcard' | 'not-allowed'

/** Decides which names a principal's certificate carries. Pure. */
export type IssuancePolicy = (
  applicant: Applicant,
  wish: NameWish,
) => Result<CertificateIdentity, PolicyRefusal>

/**
 * The default policy: a principal may have its own SPIFFE ID, always, and those host names that it
 * wishes for and the operator lists for it. Wildcards never, listed or not.
 *
 * Does not ask how the principal proved itself, nor whether it may call the endpoint at all.
 *
 * @throws `ConfigError` for a trust domain that is no host name.
 */
export function issuancePolicy(options: IssuancePolicyOptions): IssuancePolicy {
  const { trustDomain, dnsNames = () => [] } = options
  assertConfig(isDnsName(trustDomain), 'CS_CONFIG_CA', 'ca.trustDomain: write a host name')
  return (applicant, wish) => {
    if (applicant.type === 'agent' || applicant.actor !== undefined) return err('delegated')
    const spiffe = ownSpiffeId(trustDomain, applicant)
    if (spiffe === undefined) return err('principal')
    if (wish.dns.some((name) => name.includes('*'))) return err('wildcard')
    const listed = new Set(dnsNames(applicant).filter(isDnsName))
    const allowed = wish.dns.every((name) => listed.has(name))
    const own = wish.uris.every((uri) => uri === spiffe)
    if (!allowed || !own || wish.others > 0) return err('not-allowed')
    return ok({ spiffe, dns: [...new Set(wish.dns)] })
  }
}

/**
 * `spiffe://<trust domain>/<tenant>/<principal type>/<id>`. Ids that a SPIFFE ID cannot hold have no
 * such name: encoding them would let two principals meet in one.
 */
export function ownSpiffeId(trustDomain: string, applicant: Applicant): string | undefined {
  const path = [applicant.tenant, applicant.type, applicant.id]
  if (!path.every(isSpiffeSegment)) return undefined
  const id = `spiffe://${trustDomain}/${path.join('/')}`
  return readSpiffeId(id).ok ? id : undefined
}

import { missingScope, ok, type Principal, type Result } from 'countersign'
import { readCsr, type ProvenRequest } from '../certificates/csr.ts'
import { issueCertificate, type IssuedCertificate } from '../certificates/issue.ts'
import { CERTIFICATE_LIMITS } from '../certificates/limits.ts'
import type { CertificateIdentity } from '../certificates/names.ts'
import { audited, secondsOf, type RegistryContext, type Unit } from '../credentials/audited.ts'
import { checkName, checkScopes } from '../credentials/checks.ts'
import {
  conflict,
  forbidden,
  invalid,
  type Outcome,
  type Refusal,
  type Refused,
} from '../credentials/refusal.ts'
import type { CertificateFacts, CertificateRoot, CredentialRecord } from '../model/records.ts'
import type { LocalRevocations } from '../context.ts'
import { FAMILY_TENANT, type SigningAuthority } from './family.ts'
import { ISSUE_REFUSALS, POLICY_REFUSALS, CSR_REFUSALS } from './refusals.ts'
import { findRoot, rootEnd, rootExpiry, rootOf } from './root.ts'
import type { ManagedCertificates } from './stored-certificates.ts'

/** What issuing needs of the authority. */
export interface IssueContext extends RegistryContext {
  readonly revocations: LocalRevocations
  readonly certificates: ManagedCertificates
}

/** What an authenticated principal asks for. */
export interface CertificateRequest {
  /** PKCS#10: PEM, or DER in base64. From the caller. */
  readonly csr: string
  /** Within those of the credential that asks. No default: without any it could do nothing. */
  readonly scopes: readonly string[]
  /** @defaultValue the most there is */
  readonly ttlSeconds?: number | undefined
  /** For people. */
  readonly name?: string | undefined
  /** The `kid` of the token that asks, where it is a JWT. */
  readonly keyId?: string | undefined
}

/** A certificate that has been recorded, and may be handed out. */
export interface IssuedToPrincipal {
  readonly record: CredentialRecord
  readonly issued: IssuedCertificate
  /** Who signed it, with the others to trust. */
  readonly authority: SigningAuthority
  /** Seconds since the epoch: half of the life is over. */
  readonly renewAfter: number
}

/**
 * Issues a certificate to whoever asks. Checks, in order: the request and its proof of possession,
 * delegation and names (policy), scopes within the credential that asks, what the chain began with
 * and the life it leaves, the CA; then, in the transaction that records it: the principal, its
 * scopes, the credential that asks and the root live, the CA is not removed.
 *
 * Whether the principal may call at all is the guard's question: `countersign:certificates:issue`.
 */
export async function issueToPrincipal(
  ctx: IssueContext,
  principal: Principal,
  request: CertificateRequest,
): Outcome<IssuedToPrincipal> {
  const now = secondsOf(ctx)
  const asked = readRequest(ctx, principal, request)
  if (!asked.ok) return asked
  const root = await rootOf(ctx.store, principal, request.keyId)
  if (root === undefined) return forbidden('The credential that asks has no record here.')
  const ttl = lifeOf(ctx, request, rootExpiry(await findRoot(ctx.store, root)))
  if (!ttl.ok) return ttl
  const authority = await ctx.certificates.signer()
  const made = await issueCertificate({
    ca: authority.ca,
    ...asked.value,
    ttlSeconds: ttl.value,
    now,
  })
  if (!made.ok) return ISSUE_REFUSALS[made.error]
  const issued = made.value
  const facts = factsOf(issued, authority, root)
  const record = recordOf({ principal, request, issued, facts, now })
  const recorded = await keep(ctx, principal, { record, facts })
  if (!recorded.ok) return recorded
  const renewAfter = now + Math.floor((issued.notAfter - now) / 2)
  return ok({ record, issued, authority, renewAfter })
}

interface Asked {
  readonly csr: ProvenRequest
  readonly identity: CertificateIdentity
}

function readRequest(
  { certificates }: IssueContext,
  principal: Principal,
  { csr: text, scopes, name }: CertificateRequest,
): Result<Asked, Refusal> {
  const csr = readCsr(derOf(text))
  if (!csr.ok) return CSR_REFUSALS[csr.error]
  const identity = certificates.settings.policy(principal, csr.value.wish)
  if (!identity.ok) return POLICY_REFUSALS[identity.error]
  const refused =
    (name === undefined ? undefined : checkName(name)) ?? checkPassedOn(principal, scopes)
  return refused ?? ok({ csr: csr.value, identity: identity.value })
}

/** DER in base64, or the text as it is; the text must be the one way to write its bytes. */
function derOf(text: string): string | Uint8Array {
  if (text.includes('-----') || text.length > MAX_CSR_TEXT) return text
  const der = Buffer.from(text, 'base64')
  return der.toString('base64') === text.trim() ? der : text
}

const MAX_CSR_TEXT = CERTIFICATE_LIMITS.maxCsrBytes * 2

/** A certificate does no more than the credential that asked for it. */
function checkPassedOn(
  { scopes: held }: Principal,
  scopes: readonly string[],
): Refused | undefined {
  if (scopes.length === 0)
    return invalid('/scopes', 'Name at least one scope: there is no default.')
  const missing = missingScope(held, scopes)
  if (missing === undefined) return undefined
  return forbidden(`The credential that asks does not hold ${missing}, and cannot pass it on.`)
}

/** A certificate ends with what its chain began with: bearers of a short token get a short one. */
function lifeOf(
  ctx: IssueContext,
  { ttlSeconds }: CertificateRequest,
  rootExpiresAt: number | null,
): Result<number, Refusal> {
  const { minTtlSeconds } = CERTIFICATE_LIMITS
  const { maxTtlSeconds } = ctx.certificates.settings.rules
  const asked = ttlSeconds ?? maxTtlSeconds
  if (asked < minTtlSeconds || asked > maxTtlSeconds) {
    return invalid('/ttlSeconds', `Write ${minTtlSeconds} to ${maxTtlSeconds} seconds.`)
  }
  // Certificates are good until the end of their last second, credentials until its beginning.
  const left = rootExpiresAt === null ? Infinity : rootExpiresAt - 1 - secondsOf(ctx)
  if (left >= minTtlSeconds) return ok(Math.min(asked, left))
  return conflict(
    `The credential that this chain of certificates began with ends in less than ${minTtlSeconds} seconds, and a certificate ends with it: begin again with another credential.`,
  )
}

const factsOf = (
  { serial, identity }: IssuedCertificate,
  { id }: SigningAuthority,
  root: CertificateRoot,
): CertificateFacts => ({
  authority: id,
  serial,
  // Policy names everybody by a SPIFFE id.
  spiffe: identity.spiffe ?? '',
  dns: identity.dns,
  root,
})

interface Recorded {
  readonly principal: Principal
  readonly request: CertificateRequest
  readonly issued: IssuedCertificate
  readonly facts: CertificateFacts
  readonly now: number
}

const recordOf = ({ principal, request, issued, facts, now }: Recorded): CredentialRecord => ({
  tenant: principal.tenant,
  id: issued.thumbprint,
  kind: 'certificate',
  principalId: principal.id,
  name: request.name ?? 'certificate',
  environment: '',
  digest: issued.thumbprint,
  algorithm: 'x5t#S256',
  pepperVersion: 0,
  scopes: request.scopes,
  limits: [],
  networks: [],
  metadata: {},
  notBefore: issued.notBefore,
  // Good until the end of its last second.
  expiresAt: issued.notAfter + 1,
  revokedAt: null,
  revokedReason: null,
  replacedBy: null,
  lastUsedAt: null,
  createdAt: now,
  publicJwk: null,
  confirmation: null,
  certificate: facts,
})

interface Kept {
  readonly record: CredentialRecord
  readonly facts: CertificateFacts
}

/** Records a certificate, unless what it rests on has fallen since the guard looked. */
function keep(ctx: IssueContext, principal: Principal, kept: Kept): Outcome<undefined> {
  const { record, facts } = kept
  // The scopes of the actor are not asked: what is passed on was compared already.
  const actor = { id: principal.id, scopes: principal.scopes }
  return audited(ctx, { tenant: record.tenant, actor }, async (unit) => {
    const refused = await checkStanding(ctx, unit, { principal, kept })
    if (refused !== undefined) return refused
    await unit.session.credentials.insert(record)
    const { serial, authority, spiffe, dns, root } = facts
    const { scopes, expiresAt } = record
    const names = { serial, authority, spiffe, dns, root: root.id }
    await unit.event('certificate.issued', record.id, { ...names, scopes, expiresAt })
    return ok(undefined)
  })
}

async function checkStanding(
  ctx: IssueContext,
  { session, now }: Unit,
  { principal, kept: { record, facts } }: { principal: Principal; kept: Kept },
): Promise<Refused | undefined> {
  const { tenant, principalId, scopes } = record
  const owner = await session.principals.find(tenant, principalId)
  if (owner?.kind !== principal.type) return forbidden('The principal has no record here.')
  const home = await session.tenants.find(tenant)
  const asking = await session.credentials.find(principal.credentialId)
  const root = await findRoot(session, facts.root)
  const fallen =
    owner.revokedAt ??
    home?.revokedAt ??
    asking?.revokedAt ??
    rootEnd(ctx, root, { tenant, principalId, now })
  if (typeof fallen === 'number')
    return forbidden('What this certificate would rest on was revoked.')
  const authorities = await session.certificateAuthorities.list(FAMILY_TENANT)
  if (authorities.find(({ id }) => id === facts.authority)?.state !== 'active') {
    return conflict('Another CA has just taken over; ask again.')
  }
  return checkScopes(scopes, owner.scopes)
}

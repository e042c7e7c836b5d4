import { coversScope, ok } from 'countersign'
import { z } from 'zod'
import { issueToPrincipal, type IssuedToPrincipal } from '../../certificate-authority/issue.ts'
import type { ManagedCertificates } from '../../certificate-authority/stored-certificates.ts'
import { pemBundle } from '../../certificates/bundle-formats.ts'
import { REVOCATION_CAUSES } from '../../certificates/crl.ts'
import { CERTIFICATE_LIMITS } from '../../certificates/limits.ts'
import { findCertificate, revokeCertificate } from '../../credentials/certificates.ts'
import { forbidden, notFound, type Refused } from '../../credentials/refusal.ts'
import type { CredentialRecord } from '../../model/records.ts'
import { input, output } from '../components.ts'
import { given, pageOf, pageQuery, shown } from '../fields.ts'
import { pick } from '../pick.ts'
import { route, type Route, type RouteCall } from '../route.ts'
import { shownAs } from './principals.ts'

const ISSUE = 'countersign:certificates:issue'
const READ = 'countersign:certificates:read'
const WRITE = 'countersign:certificates:write'

const names = {
  spiffe: shown.text.meta({ description: 'The SPIFFE id: the principal, in its tenant.' }),
  dns: shown.texts,
} as const

const Certificate = output(
  'Certificate',
  z.object({
    id: shown.text.meta({ description: 'The x5t#S256: SHA-256 of the certificate, base64url.' }),
    name: shown.text,
    principalId: shown.text,
    serial: shown.text.meta({ description: 'Hexadecimal.' }),
    authority: shown.text.meta({ description: 'The CA that signed it.' }),
    ...names,
    scopes: shown.texts,
    root: z.object({ kind: z.enum(['credential', 'token']), id: shown.text }).meta({
      description: 'What the chain of renewals began with, and ends with.',
    }),
    notBefore: shown.timeOrNull,
    expiresAt: shown.timeOrNull,
    revokedAt: shown.timeOrNull,
    revokedReason: shown.textOrNull,
    createdAt: shown.time,
  }),
)

const NewCertificate = input(
  'NewCertificate',
  z.strictObject({
    csr: z
      .string()
      .max(2 * CERTIFICATE_LIMITS.maxCsrBytes)
      .meta({ description: 'A PKCS#10 request: PEM, or DER in base64.' }),
    scopes: given.scopes.meta({
      description: 'Within those of the credential that asks. No default.',
    }),
    ttlSeconds: z.int().optional().meta({
      description: 'At most 86400; never past the end of the credential that asks.',
    }),
    name: given.name.optional(),
  }),
)

const IssuedCertificate = output(
  'IssuedCertificate',
  z.object({
    id: shown.text,
    certificate: shown.text.meta({ description: 'PEM.' }),
    chain: shown.text.meta({ description: 'PEM: CAs between it and the bundle; empty for none.' }),
    bundle: shown.text.meta({ description: 'PEM: the CAs to trust.' }),
    serial: shown.text,
    notBefore: shown.time,
    notAfter: shown.time.meta({ description: 'It is good until the end of this second.' }),
    names: z.object(names),
    renewAfter: shown.time.meta({ description: 'Half of its life is over: ask for the next one.' }),
  }),
)

const listQuery = pageQuery.extend({
  principalId: given.id.optional().meta({ description: 'Only those of one principal, unpaged.' }),
})

const cause = z.enum(REVOCATION_CAUSES).default('unspecified').meta({
  description: 'What the list of revoked certificates says (RFC 5280 §5.3.1).',
})

const show = (record: CredentialRecord) => {
  // Only certificates come here, and every one was recorded with its facts.
  const { serial = '', authority = '', spiffe = '', dns = [], root } = record.certificate ?? {}
  return {
    ...pick(record, 'id', 'name', 'principalId', 'scopes', 'notBefore', 'expiresAt'),
    ...pick(record, 'revokedAt', 'revokedReason', 'createdAt'),
    serial,
    authority,
    spiffe,
    dns,
    root: { kind: root?.kind ?? 'credential', id: root?.id ?? '' } as const,
  }
}

const showIssued = ({ record, issued, authority, renewAfter }: IssuedToPrincipal) => ({
  id: record.id,
  certificate: issued.pem,
  // The CAs sign themselves: nothing stands between.
  chain: '',
  bundle: pemBundle(authority.records),
  ...pick(issued, 'serial', 'notBefore', 'notAfter'),
  names: { spiffe: issued.identity.spiffe ?? '', dns: issued.identity.dns },
  renewAfter,
})

/** What every route about certificates answers where there is no CA. */
export const NO_CA: Refused = {
  ok: false,
  error: {
    kind: 'not-found',
    message: 'This authority issues no certificates: configure certificates.trustDomain.',
  },
}

async function issue(
  { ctx, tenant, principal, request }: Pick<RouteCall, 'ctx' | 'tenant' | 'principal' | 'request'>,
  certificates: ManagedCertificates,
  body: z.output<typeof NewCertificate>,
) {
  if (principal.tenant !== tenant) {
    return forbidden('A certificate is asked for at the base path of the own tenant.')
  }
  const keyId = keyIdOf(request.headers.get('authorization'))
  return issueToPrincipal({ ...ctx, certificates }, principal, { ...body, keyId })
}

/** The `kid` of the JWT in a field that the guard has verified; undefined for anything else. */
function keyIdOf(authorization: string | null): string | undefined {
  const [header = ''] = authorization?.split(' ').at(-1)?.split('.') ?? []
  try {
    const { kid }: { kid?: unknown } = JSON.parse(Buffer.from(header, 'base64url').toString())
    return typeof kid === 'string' ? kid : undefined
  } catch {
    return undefined
  }
}

/** The holder of `:write` revokes any, everybody else their own. Others' are not there. */
async function revocable({ ctx, tenant, principal, param }: RouteCall) {
  const found = await findCertificate(ctx.store, { tenant, id: param('id') })
  if (!found.ok || coversScope(principal.scopes, WRITE)) return found
  // Whoever administers a tenant is of it, or holds everything: ids of principals do not meet.
  return found.value.principalId === principal.id ? found : notFound('certificate')
}

/** Certificates of principals. */
export const certificateRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: '/v1/certificates',
    scope: ISSUE,
    summary: 'Issue a certificate to whoever asks, for the key that the request proves',
    body: NewCertificate,
    response: IssuedCertificate,
    status: 201,
    async handle({ services: { certificates }, body, ...call }) {
      if (certificates === undefined) return NO_CA
      return shownAs(await issue(call, certificates, body), showIssued)
    },
  }),
  route({
    method: 'get',
    path: '/v1/certificates',
    scope: READ,
    summary: 'List certificates, newest first, revoked ones too',
    query: listQuery,
    response: output('CertificatesPage', pageOf(Certificate)),
    status: 200,
    async handle({ ctx, tenant, query: { principalId, ...page } }) {
      const { credentials } = ctx.store
      if (principalId === undefined) {
        const list = await credentials.list({ tenant, kind: 'certificate', ...page })
        return ok({ items: list.items.map(show), cursor: list.cursor })
      }
      const all = await credentials.listOf(tenant, principalId)
      const items = all.filter(({ kind }) => kind === 'certificate').map(show)
      return ok({ items, cursor: null })
    },
  }),
  route({
    method: 'get',
    path: '/v1/certificates/{id}',
    scope: READ,
    summary: 'Show a certificate',
    response: Certificate,
    status: 200,
    async handle({ ctx, tenant, param }) {
      return shownAs(await findCertificate(ctx.store, { tenant, id: param('id') }), show)
    },
  }),
  route({
    method: 'delete',
    path: '/v1/certificates/{id}',
    scope: WRITE,
    ownScope: ISSUE,
    summary: 'Revoke a certificate, at once and for good; its holder may, too',
    query: z.strictObject({ cause }),
    status: 204,
    async handle(call) {
      const found = await revocable(call)
      if (!found.ok) return found
      const { ctx, tenant, actor, query } = call
      const ref = { tenant, id: found.value.id, reason: query.cause }
      return shownAs(await revokeCertificate(ctx, ref, actor), () => undefined)
    },
  }),
]

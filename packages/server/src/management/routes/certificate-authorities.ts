import { ok } from 'countersign'
import { z } from 'zod'
import type { ManagedCertificates } from '../../certificate-authority/stored-certificates.ts'
import type { AuthorityContext } from '../../context.ts'
import { secondsOf } from '../../credentials/audited.ts'
import type { CertificateAuthorityRecord } from '../../model/records.ts'
import { input, output } from '../components.ts'
import { shown } from '../fields.ts'
import { pick } from '../pick.ts'
import { route, type Route } from '../route.ts'
import { NO_CA } from './certificates.ts'

const Authority = output(
  'CertificateAuthority',
  z.object({
    id: shown.text.meta({ description: 'The key identifier, in hexadecimal.' }),
    name: shown.text,
    state: shown.text.meta({ description: 'planned, active, retiring or removed.' }),
    since: shown.time,
    notAfter: shown.time,
    certificates: z.int().meta({ description: 'Certificates of it that are good now.' }),
    uses: z.int().meta({ description: 'Requests accepted because of it, in this process.' }),
    lastUsedAt: shown.timeOrNull.meta({ description: 'In this process.' }),
  }),
)

const Authorities = output(
  'CertificateAuthorities',
  z.object({ items: z.array(Authority).readonly() }),
)

const Rotation = input(
  'CertificateAuthorityRotation',
  z.strictObject({
    compromised: z.boolean().default(false).meta({
      description: 'Somebody else has the key: remove the CA now, and all that it signed.',
    }),
  }),
)

async function show(
  ctx: AuthorityContext,
  { trust }: ManagedCertificates,
  records: readonly CertificateAuthorityRecord[],
) {
  const live = await ctx.store.certificateAuthorities.countLive(secondsOf(ctx))
  const usage = new Map(trust.usage().map((use) => [use.name, use]))
  return {
    items: records.map((record) => ({
      ...pick(record, 'id', 'name', 'state', 'since', 'notAfter'),
      certificates: live.get(record.id) ?? 0,
      uses: usage.get(record.id)?.uses ?? 0,
      lastUsedAt: usage.get(record.id)?.lastUsedAt ?? null,
    })),
  }
}

/** The CAs of the installation, and where each stands in its life. */
export const certificateAuthorityRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/v1/certificate-authorities',
    scope: 'countersign:certificate-authorities:read',
    summary: 'List CAs, and how much each is still used',
    defaultTenantOnly: true,
    response: Authorities,
    status: 200,
    async handle({ ctx, services: { certificates } }) {
      if (certificates === undefined) return NO_CA
      return ok(await show(ctx, certificates, await certificates.authorities()))
    },
  }),
  route({
    method: 'post',
    path: '/v1/certificate-authorities/rotate',
    scope: 'countersign:certificate-authorities:write',
    summary: 'Start the change to a new CA',
    defaultTenantOnly: true,
    body: Rotation,
    response: Authorities,
    status: 200,
    async handle({ ctx, services: { certificates }, actor, body }) {
      if (certificates === undefined) return NO_CA
      const records = await certificates.rotate({ ...body, actor: actor.id })
      return ok(await show(ctx, certificates, records))
    },
  }),
]

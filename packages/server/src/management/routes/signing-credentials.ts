import { ok } from 'countersign'
import { z } from 'zod'
import {
  createSigningCredential,
  findSigningCredential,
  revokeSigningCredential,
  rotateSigningCredential,
  updateSigningCredential,
  type IssuedSigningCredential,
} from '../../credentials/signing-credentials.ts'
import type { AuthorityContext } from '../../context.ts'
import type { CredentialRecord } from '../../model/records.ts'
import { input, output } from '../components.ts'
import { given, pageOf, pageQuery, shown } from '../fields.ts'
import { route, type Route } from '../route.ts'
import {
  heldChange,
  heldMembers,
  heldTimes,
  newHeld,
  overlapSeconds,
  showHeld,
} from './held-credentials.ts'
import { shownAs } from './principals.ts'

const SIGNING_KINDS = ['hmac_key', 'public_key'] as const
const kind = z.enum(SIGNING_KINDS)

const members = {
  id: shown.text.meta({ description: 'The keyid or access key id on the wire; safe to log.' }),
  kind,
  serviceId: shown.text,
  name: shown.text,
  algorithm: z.enum(['hmac-sha256', 'ed25519', 'ecdsa-p256-sha256']).meta({
    description: 'As RFC 9421 names it.',
  }),
  publicJwk: shown.metadata.nullable(),
  thumbprint: shown.textOrNull.meta({ description: 'RFC 7638, of a public key.' }),
  ...heldMembers,
  replacedBy: shown.textOrNull.meta({ description: 'What took over at rotation.' }),
  ...heldTimes,
} as const

const SigningCredential = output('SigningCredential', z.object(members))
const secret = shown.textOrNull.meta({
  description: 'The HMAC secret, its UTF-8 is the key. Shown this once; null for a public key.',
})
const IssuedSigning = output('IssuedSigningCredential', z.object({ ...members, secret }))
const RotatedSigning = output(
  'RotatedSigningCredential',
  z.object({ ...members, secret, previous: SigningCredential }),
)

const publicJwk = z.record(z.string().max(64), z.json()).meta({
  description: 'Of a public_key: Ed25519 or P-256. A private key is refused.',
})

const NewSigning = input(
  'NewSigningCredential',
  z.strictObject({
    serviceId: given.id,
    kind,
    publicJwk: publicJwk.optional(),
    ...newHeld,
  }),
)

const SigningChange = input('SigningCredentialChange', heldChange())

const SigningRotation = input(
  'SigningCredentialRotation',
  z.strictObject({
    overlapSeconds: overlapSeconds('the old one'),
    publicJwk: publicJwk.optional(),
    expiresAt: given.time.nullable().optional(),
  }),
)

const listQuery = pageQuery.extend({
  kind: kind.optional(),
  serviceId: given.id.optional().meta({
    description: 'Only those of one service, of both kinds, unpaged.',
  }),
})

const show = (record: CredentialRecord) => ({
  ...showHeld(record),
  ...shownKey(record),
  publicJwk: record.publicJwk,
})

const shownKey = ({ kind: stored, algorithm, digest }: CredentialRecord) =>
  stored === 'public_key' && (algorithm === 'ed25519' || algorithm === 'ecdsa-p256-sha256')
    ? ({ kind: 'public_key', algorithm, thumbprint: digest } as const)
    : ({ kind: 'hmac_key', algorithm: 'hmac-sha256', thumbprint: null } as const)

const showIssued = ({ record, secret: key }: IssuedSigningCredential) => ({
  ...show(record),
  secret: key === undefined ? null : key.reveal(),
})

async function credentialsOf({ store }: AuthorityContext, tenant: string, serviceId: string) {
  const all = await store.credentials.listOf(tenant, serviceId)
  const signing = all.filter((record) => kind.safeParse(record.kind).success)
  return { items: signing.map(show), cursor: null }
}

const write = 'countersign:signing-credentials:write'
const read = 'countersign:signing-credentials:read'

/** Keys of services that sign requests. */
export const signingCredentialRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: '/v1/signing-credentials',
    scope: write,
    summary: 'Make an HMAC key, or register a public key, for a service',
    body: NewSigning,
    response: IssuedSigning,
    status: 201,
    async handle({ ctx, tenant, actor, body }) {
      return shownAs(await createSigningCredential(ctx, { ...body, tenant }, actor), showIssued)
    },
  }),
  route({
    method: 'get',
    path: '/v1/signing-credentials',
    scope: read,
    summary: 'List signing credentials, newest first, revoked ones too',
    query: listQuery,
    response: output('SigningCredentialsPage', pageOf(SigningCredential)),
    status: 200,
    async handle({ ctx, tenant, query: { serviceId, kind: only, ...page } }) {
      if (serviceId !== undefined) return ok(await credentialsOf(ctx, tenant, serviceId))
      const list = await ctx.store.credentials.list({
        tenant,
        kind: only ?? SIGNING_KINDS,
        ...page,
      })
      return ok({ items: list.items.map(show), cursor: list.cursor })
    },
  }),
  route({
    method: 'get',
    path: '/v1/signing-credentials/{id}',
    scope: read,
    summary: 'Show a signing credential',
    response: SigningCredential,
    status: 200,
    async handle({ ctx, tenant, param }) {
      return shownAs(await findSigningCredential(ctx.store, { tenant, id: param('id') }), show)
    },
  }),
  route({
    method: 'patch',
    path: '/v1/signing-credentials/{id}',
    scope: write,
    summary: 'Change a signing credential; verifiers look it up again',
    body: SigningChange,
    response: SigningCredential,
    status: 200,
    async handle({ ctx, tenant, actor, param, body: change }) {
      const ref = { tenant, id: param('id') }
      return shownAs(await updateSigningCredential(ctx, { ...ref, change }, actor), show)
    },
  }),
  route({
    method: 'delete',
    path: '/v1/signing-credentials/{id}',
    scope: write,
    summary: 'Revoke a signing credential, at once and for good; its record stays',
    status: 204,
    async handle({ ctx, tenant, actor, param }) {
      const ref = { tenant, id: param('id') }
      return shownAs(await revokeSigningCredential(ctx, ref, actor), () => undefined)
    },
  }),
  route({
    method: 'post',
    path: '/v1/signing-credentials/{id}/rotate',
    scope: write,
    summary: 'Make the successor of a signing credential; the old one ends after the overlap',
    body: SigningRotation,
    response: RotatedSigning,
    status: 201,
    async handle({ ctx, tenant, actor, param, body }) {
      const asked = { ...body, tenant, id: param('id') }
      const rotated = await rotateSigningCredential(ctx, asked, actor)
      return shownAs(rotated, (made) => ({ ...showIssued(made), previous: show(made.previous) }))
    },
  }),
]

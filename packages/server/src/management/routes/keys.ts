import { ok } from 'countersign'
import { z } from 'zod'
import {
  createApiKey,
  findApiKey,
  revokeApiKey,
  rotateApiKey,
  updateApiKey,
  type Issued,
} from '../../credentials/api-keys.ts'
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

const binding = {
  jkt: z.string().max(64).optional().meta({
    description: 'Of a DPoP key: the RFC 7638 thumbprint of its public JWK (RFC 9449 §6.1).',
  }),
  'x5t#S256': z.string().max(64).optional().meta({
    description: 'Of a client certificate: SHA-256 of its DER (RFC 8705 §3.1).',
  }),
} as const

const givenBinding = z.strictObject(binding).nullable().optional().meta({
  description:
    'A key that whoever uses this one must prove to hold as well, by thumbprint: 32 bytes in base64url. Alone, the API key is then of no use. Null: unbound.',
})

const keyMembers = {
  id: shown.text.meta({ description: 'Public: part of the key, safe to log.' }),
  serviceId: shown.text,
  name: shown.text,
  environment: shown.text,
  ...heldMembers,
  confirmation: z.object(binding).nullable(),
  replacedBy: shown.textOrNull.meta({ description: 'The key that took over at rotation.' }),
  ...heldTimes,
} as const

const Key = output('Key', z.object(keyMembers))
const secret = shown.text.meta({ description: 'The key itself. Shown this once.' })
const IssuedKey = output('IssuedKey', z.object({ ...keyMembers, secret }))
const RotatedKey = output('RotatedKey', z.object({ ...keyMembers, secret, previous: Key }))

const NewKey = input(
  'NewKey',
  z.strictObject({
    serviceId: given.id,
    environment: z.string().max(16).default('live'),
    ...newHeld,
    confirmation: givenBinding,
  }),
)

const KeyChange = input('KeyChange', heldChange().extend({ confirmation: givenBinding }))

const KeyRotation = input(
  'KeyRotation',
  z.strictObject({
    overlapSeconds: overlapSeconds('the old key'),
    expiresAt: given.time.nullable().optional(),
  }),
)

const keyQuery = pageQuery.extend({
  serviceId: given.id.optional().meta({ description: 'Only the keys of one service, unpaged.' }),
})

const show = (record: CredentialRecord) => ({
  ...showHeld(record),
  environment: record.environment,
  confirmation: record.confirmation,
})

const showIssued = ({ record, secret: key }: Issued) => ({ ...show(record), secret: key.reveal() })

/** Absent members are left out: in a record, one that is there and undefined binds to nothing. */
function bindingOf({ confirmation }: { readonly confirmation?: z.output<typeof givenBinding> }) {
  if (confirmation === undefined || confirmation === null) return { confirmation }
  const { jkt, 'x5t#S256': certificate } = confirmation
  return {
    confirmation: {
      ...(jkt === undefined ? {} : { jkt }),
      ...(certificate === undefined ? {} : { 'x5t#S256': certificate }),
    },
  }
}

async function keysOf({ store }: AuthorityContext, tenant: string, serviceId: string) {
  const all = await store.credentials.listOf(tenant, serviceId)
  return { items: all.filter(({ kind }) => kind === 'api_key').map(show), cursor: null }
}

/** API keys of services. */
export const keyRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: '/v1/keys',
    scope: 'countersign:keys:write',
    summary: 'Make an API key for a service',
    body: NewKey,
    response: IssuedKey,
    status: 201,
    async handle({ ctx, tenant, actor, body }) {
      return shownAs(
        await createApiKey(ctx, { ...body, ...bindingOf(body), tenant }, actor),
        showIssued,
      )
    },
  }),
  route({
    method: 'get',
    path: '/v1/keys',
    scope: 'countersign:keys:read',
    summary: 'List keys, newest first, revoked ones too',
    query: keyQuery,
    response: output('KeysPage', pageOf(Key)),
    status: 200,
    async handle({ ctx, tenant, query: { serviceId, ...page } }) {
      if (serviceId !== undefined) return ok(await keysOf(ctx, tenant, serviceId))
      const list = await ctx.store.credentials.list({ tenant, kind: 'api_key', ...page })
      return ok({ items: list.items.map(show), cursor: list.cursor })
    },
  }),
  route({
    method: 'get',
    path: '/v1/keys/{id}',
    scope: 'countersign:keys:read',
    summary: 'Show a key',
    response: Key,
    status: 200,
    async handle({ ctx, tenant, param }) {
      return shownAs(await findApiKey(ctx.store, { tenant, id: param('id') }), show)
    },
  }),
  route({
    method: 'patch',
    path: '/v1/keys/{id}',
    scope: 'countersign:keys:write',
    summary: 'Change a key; verifiers look it up again',
    body: KeyChange,
    response: Key,
    status: 200,
    async handle({ ctx, tenant, actor, param, body: change }) {
      return shownAs(
        await updateApiKey(
          ctx,
          { tenant, id: param('id'), change: { ...change, ...bindingOf(change) } },
          actor,
        ),
        show,
      )
    },
  }),
  route({
    method: 'delete',
    path: '/v1/keys/{id}',
    scope: 'countersign:keys:write',
    summary: 'Revoke a key, at once and for good; its record stays',
    status: 204,
    async handle({ ctx, tenant, actor, param }) {
      return shownAs(await revokeApiKey(ctx, { tenant, id: param('id') }, actor), () => undefined)
    },
  }),
  route({
    method: 'post',
    path: '/v1/keys/{id}/rotate',
    scope: 'countersign:keys:write',
    summary: 'Make the successor of a key; the old one ends after the overlap',
    body: KeyRotation,
    response: RotatedKey,
    status: 201,
    async handle({ ctx, tenant, actor, param, body }) {
      const rotated = await rotateApiKey(ctx, { ...body, tenant, id: param('id') }, actor)
      return shownAs(rotated, (made) => ({ ...showIssued(made), previous: show(made.previous) }))
    },
  }),
]

import { ok } from 'countersign'
import { z } from 'zod'
import { MAX_OVERLAP_SECONDS, rotateApiKey } from '../../credentials/api-key-rotation.ts'
import {
  createApiKey,
  findApiKey,
  revokeApiKey,
  updateApiKey,
  type Issued,
} from '../../credentials/api-keys.ts'
import type { AuthorityContext } from '../../context.ts'
import type { CredentialRecord } from '../../model/records.ts'
import { input, output } from '../components.ts'
import { given, pageOf, pageQuery, shown } from '../fields.ts'
import { pick } from '../pick.ts'
import { route, type Route } from '../route.ts'
import { shownAs } from './principals.ts'

const keyMembers = {
  id: shown.text.meta({ description: 'Public: part of the key, safe to log.' }),
  serviceId: shown.text,
  name: shown.text,
  environment: shown.text,
  scopes: shown.texts,
  limits: z.array(z.object(given.limits.element.shape)).readonly(),
  networks: shown.texts,
  metadata: shown.metadata,
  notBefore: shown.timeOrNull,
  expiresAt: shown.timeOrNull,
  revokedAt: shown.timeOrNull,
  revokedReason: shown.textOrNull,
  replacedBy: shown.textOrNull.meta({ description: 'The key that took over at rotation.' }),
  lastUsedAt: shown.timeOrNull.meta({ description: 'At most a minute behind.' }),
  createdAt: shown.time,
} as const

const Key = output('Key', z.object(keyMembers))
const secret = shown.text.meta({ description: 'The key itself. Shown this once.' })
const IssuedKey = output('IssuedKey', z.object({ ...keyMembers, secret }))
const RotatedKey = output('RotatedKey', z.object({ ...keyMembers, secret, previous: Key }))

const changeable = {
  name: given.name,
  scopes: given.scopes,
  limits: given.limits,
  networks: given.networks,
  metadata: given.metadata,
  expiresAt: given.time.nullable(),
} as const

const NewKey = input(
  'NewKey',
  z.strictObject({
    serviceId: given.id,
    environment: z.string().max(16).default('live'),
    name: given.name,
    scopes: given.scopes.meta({ description: 'Within those of the service. No default.' }),
    limits: given.limits.optional(),
    networks: given.networks.optional().meta({ description: 'CIDR blocks; none: everywhere.' }),
    metadata: given.metadata.optional(),
    notBefore: given.time.nullable().optional(),
    expiresAt: given.time.nullable().optional(),
  }),
)

const KeyChange = input('KeyChange', z.strictObject(changeable).partial())

const KeyRotation = input(
  'KeyRotation',
  z.strictObject({
    overlapSeconds: z.int().min(0).max(MAX_OVERLAP_SECONDS).default(86_400).meta({
      description: 'How long the old key still works; never longer than it would have anyway.',
    }),
    expiresAt: given.time.nullable().optional(),
  }),
)

const keyQuery = pageQuery.extend({
  serviceId: given.id.optional().meta({ description: 'Only the keys of one service, unpaged.' }),
})

const show = (record: CredentialRecord) => ({
  ...pick(record, 'id', 'name', 'environment', 'scopes', 'networks', 'metadata', 'notBefore'),
  ...pick(record, 'expiresAt', 'revokedAt', 'revokedReason', 'replacedBy', 'lastUsedAt'),
  serviceId: record.principalId,
  limits: [...record.limits],
  createdAt: record.createdAt,
})

const showIssued = ({ record, secret: key }: Issued) => ({ ...show(record), secret: key.reveal() })

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
      return shownAs(await createApiKey(ctx, { ...body, tenant }, actor), showIssued)
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
      return shownAs(await updateApiKey(ctx, { tenant, id: param('id'), change }, actor), show)
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

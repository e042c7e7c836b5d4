import { ok } from 'countersign'
import { z } from 'zod'
import type { Issued } from '../../credentials/api-keys.ts'
import { createClientSecret, revokeClientSecret } from '../../credentials/client-secrets.ts'
import { createClient } from '../../credentials/clients.ts'
import { findPrincipal, updatePrincipal } from '../../credentials/principals.ts'
import type { CredentialRecord, PrincipalRecord } from '../../model/records.ts'
import {
  CLIENT_DEFAULTS,
  completeClient,
  type ClientSettings,
} from '../../model/client-settings.ts'
import { input, output } from '../components.ts'
import { given, shown } from '../fields.ts'
import { pick } from '../pick.ts'
import { route, type Route } from '../route.ts'
import { principalMembers, principalRoutes, principalView, shownAs } from './principals.ts'

const SHOWN_ONCE = 'Shown this once.'
const overlapSeconds = z.int().min(0).max(2_592_000)

const clientMembers = {
  ...principalMembers,
  tokenEndpointAuthMethod: shown.text,
  grantTypes: shown.texts,
  accessTokenFormat: shown.text,
  accessTokenTtlSeconds: z.int(),
  audiences: shown.texts,
  certificateBoundAccessTokens: z.boolean(),
} as const

const Client = output('Client', z.object(clientMembers))

const secretMembers = {
  secretId: shown.text,
  secretExpiresAt: shown.timeOrNull,
  secret: shown.text.meta({ description: SHOWN_ONCE }),
} as const
const IssuedClient = output('IssuedClient', z.object({ ...clientMembers, ...secretMembers }))
const IssuedSecret = output('IssuedSecret', z.object({ id: shown.text, ...secretMembers }))

const ClientSecret = output(
  'ClientSecret',
  z.object({
    id: shown.text,
    createdAt: shown.time,
    expiresAt: shown.timeOrNull,
    revokedAt: shown.timeOrNull,
    replacedBy: shown.textOrNull,
    lastUsedAt: shown.timeOrNull,
  }),
)
const ClientSecrets = output('ClientSecrets', z.object({ items: z.array(ClientSecret).readonly() }))

const settings = {
  tokenEndpointAuthMethod: z.enum(['client_secret_basic', 'client_secret_post']),
  grantTypes: z.array(z.enum(['client_credentials'])),
  accessTokenFormat: z.enum(['jwt', 'opaque']),
  accessTokenTtlSeconds: z.int().min(1).max(86_400),
  audiences: z.array(z.string().min(1).max(500)).max(20).meta({
    description: 'APIs (RFC 8707 resources) it may ask tokens for; the first is the default.',
  }),
  certificateBoundAccessTokens: z.boolean().meta({
    description: 'Whether its tokens are bound to its client certificate (RFC 8705 §3.4).',
  }),
} as const

const NewClient = input(
  'NewClient',
  z.strictObject({
    name: given.name,
    scopes: given.scopes.meta({ description: 'The most its tokens may be granted.' }),
    metadata: given.metadata.optional(),
    tokenEndpointAuthMethod: settings.tokenEndpointAuthMethod.default('client_secret_basic'),
    grantTypes: settings.grantTypes.default(['client_credentials']),
    accessTokenFormat: settings.accessTokenFormat.default('jwt'),
    accessTokenTtlSeconds: settings.accessTokenTtlSeconds.default(900),
    audiences: settings.audiences.default([]),
    certificateBoundAccessTokens: settings.certificateBoundAccessTokens.default(false),
  }),
)

const ClientChange = input(
  'ClientChange',
  z.strictObject({
    name: given.name.optional(),
    scopes: given.scopes.optional(),
    metadata: given.metadata.optional(),
    ...z.strictObject(settings).partial().shape,
  }),
)

const NewSecret = input(
  'SecretRotation',
  z.strictObject({
    overlapSeconds: overlapSeconds.optional().meta({
      description: 'How long the secrets that live now still work; without it they live on.',
    }),
    expiresAt: given.time.nullable().optional(),
  }),
)

const show = (record: PrincipalRecord) => ({
  ...principalView(record),
  ...pick(record.client ?? CLIENT_DEFAULTS, ...SHOWN_SETTINGS),
})

/** Members that a client is shown with; the others arrive with what they are for. */
const SHOWN_SETTINGS = [
  'tokenEndpointAuthMethod',
  'grantTypes',
  'accessTokenFormat',
  'accessTokenTtlSeconds',
  'audiences',
  'certificateBoundAccessTokens',
] as const

const showIssued = ({ record, secret }: Issued) => ({
  secretId: record.id,
  secretExpiresAt: record.expiresAt,
  secret: secret.reveal(),
})

const showSecret = (record: CredentialRecord) =>
  pick(record, 'id', 'createdAt', 'expiresAt', 'revokedAt', 'replacedBy', 'lastUsedAt')

/** OAuth clients and their secrets. */
export const clientRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: '/v1/clients',
    scope: 'countersign:clients:write',
    summary: 'Make an OAuth client with its first secret',
    body: NewClient,
    response: IssuedClient,
    status: 201,
    async handle({ ctx, tenant, actor, body: { name, scopes, metadata, ...client } }) {
      const made = await createClient(
        ctx,
        { tenant, name, scopes, metadata, client: completeClient(client) },
        actor,
      )
      return shownAs(made, (issued) => ({ ...show(issued.client), ...showIssued(issued) }))
    },
  }),
  ...principalRoutes({ kind: 'client', noun: 'clients', view: Client, show }),
  route({
    method: 'patch',
    path: '/v1/clients/{id}',
    scope: 'countersign:clients:write',
    summary: 'Change a client; tokens from before end where its scopes become narrower',
    body: ClientChange,
    response: Client,
    status: 200,
    async handle({ ctx, tenant, actor, param, body: { name, scopes, metadata, ...client } }) {
      const ref = { tenant, kind: 'client', id: param('id') } as const
      const change = { name, scopes, metadata, client: definedOf(client) }
      return shownAs(await updatePrincipal(ctx, { ...ref, change }, actor), show)
    },
  }),
  route({
    method: 'post',
    path: '/v1/clients/{id}/rotate-secret',
    scope: 'countersign:clients:write',
    summary: 'Give a client a new secret, beside those it has or in their place',
    body: NewSecret,
    response: IssuedSecret,
    status: 201,
    async handle({ ctx, tenant, actor, param, body }) {
      const clientId = param('id')
      const made = await createClientSecret(ctx, { ...body, tenant, clientId }, actor)
      return shownAs(made, (issued) => ({ id: clientId, ...showIssued(issued) }))
    },
  }),
  route({
    method: 'get',
    path: '/v1/clients/{id}/secrets',
    scope: 'countersign:clients:read',
    summary: 'List the secrets of a client: who still uses the old one',
    response: ClientSecrets,
    status: 200,
    async handle({ ctx, tenant, param }) {
      const id = param('id')
      const client = await findPrincipal(ctx.store, { tenant, kind: 'client', id })
      if (!client.ok) return client
      const all = await ctx.store.credentials.listOf(tenant, id)
      const secrets = all.filter(({ kind }) => kind === 'client_secret')
      return ok({ items: secrets.map(showSecret) })
    },
  }),
  route({
    method: 'delete',
    path: '/v1/clients/{id}/secrets/{secretId}',
    scope: 'countersign:clients:write',
    summary: 'Revoke one secret of a client',
    status: 204,
    async handle({ ctx, tenant, actor, param }) {
      const ref = { tenant, clientId: param('id'), id: param('secretId') }
      return shownAs(await revokeClientSecret(ctx, ref, actor), () => undefined)
    },
  }),
]

type GivenSettings = z.output<typeof ClientChange>

function definedOf(client: Omit<GivenSettings, 'name' | 'scopes' | 'metadata'>) {
  const members = Object.entries(client).filter(([, value]) => value !== undefined)
  // The schema has typed each member; only undefined ones were dropped.
  return Object.fromEntries(members) as Partial<ClientSettings>
}

import { ok } from 'countersign'
import { z } from 'zod'
import type { Issued } from '../../credentials/api-keys.ts'
import { createClientSecret, revokeClientSecret } from '../../credentials/client-secrets.ts'
import { createClient, updateClient } from '../../credentials/clients.ts'
import { findPrincipal } from '../../credentials/principals.ts'
import type { CredentialRecord, PrincipalRecord } from '../../model/records.ts'
import { CLIENT_DEFAULTS, completeClient } from '../../model/client-settings.ts'
import {
  clientSettings,
  givenSettings,
  shownClientSettings,
  SHOWN_SETTINGS,
} from '../client-members.ts'
import { checkSectorIdentifier } from '../../oidc/sector-identifier.ts'
import { input, output } from '../components.ts'
import { given, shown } from '../fields.ts'
import { pick } from '../pick.ts'
import { route, type Route } from '../route.ts'
import { principalMembers, principalRoutes, principalView, shownAs } from './principals.ts'

const SHOWN_ONCE = 'Shown this once.'
const overlapSeconds = z.int().min(0).max(2_592_000)

const clientMembers = {
  ...principalMembers,
  ...shownClientSettings,
} as const

const Client = output('Client', z.object(clientMembers))

const secretMembers = {
  secretId: shown.text,
  secretExpiresAt: shown.timeOrNull,
  secret: shown.text.meta({ description: SHOWN_ONCE }),
} as const
const IssuedClient = output(
  'IssuedClient',
  z.object({
    ...clientMembers,
    secretId: shown.textOrNull,
    secretExpiresAt: shown.timeOrNull,
    secret: shown.textOrNull.meta({
      description: `${SHOWN_ONCE} Null for a client that proves itself otherwise.`,
    }),
  }),
)
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

const NewClient = input(
  'NewClient',
  z.strictObject({
    name: given.name,
    scopes: given.scopes.meta({ description: 'The most its tokens may be granted.' }),
    metadata: given.metadata.optional(),
    ...z.strictObject(clientSettings).partial().shape,
    grantTypes: clientSettings.grantTypes.default(['client_credentials']),
  }),
)

const ClientChange = input(
  'ClientChange',
  z.strictObject({
    name: given.name.optional(),
    scopes: given.scopes.optional(),
    metadata: given.metadata.optional(),
    ...z.strictObject(clientSettings).partial().shape,
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

/** Members of a change that the sector depends on; undefined: stays. */
interface SectorMembers {
  readonly redirectUris?: readonly string[] | undefined
  readonly sectorIdentifierUri?: string | null | undefined
}

/** Whether the sector of a client has to be looked at again. */
const movesSector = (change: SectorMembers) =>
  change.redirectUris !== undefined || change.sectorIdentifierUri !== undefined

const NO_SECRET = { secretId: null, secretExpiresAt: null, secret: null }

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
    summary: 'Make an OAuth client, with its first secret where it has one',
    body: NewClient,
    response: IssuedClient,
    status: 201,
    async handle({ ctx, services, tenant, actor, body }) {
      const { name, scopes, metadata, ...members } = body
      const client = completeClient(givenSettings(members) ?? {})
      const refused = await checkSectorIdentifier(services.outbound, client)
      if (refused !== undefined) return refused
      const made = await createClient(ctx, { tenant, name, scopes, metadata, client }, actor)
      return shownAs(made, ({ client: shownClient, record, secret }) => ({
        ...show(shownClient),
        ...(record === undefined || secret === undefined
          ? NO_SECRET
          : showIssued({ record, secret })),
      }))
    },
  }),
  ...principalRoutes({ kind: 'client', noun: 'clients', view: Client, show }),
  route({
    method: 'patch',
    path: '/v1/clients/{id}',
    scope: 'countersign:clients:write',
    summary:
      'Change a client; tokens from before end where its scopes become narrower, secrets where it has another way to prove itself',
    body: ClientChange,
    response: Client,
    status: 200,
    async handle({ ctx, services, tenant, actor, param, body }) {
      const { name, scopes, metadata, ...members } = body
      const id = param('id')
      const change = { name, scopes, metadata, client: givenSettings(members) }
      const before = await ctx.store.principals.find(tenant, id)
      const refused =
        before?.client && movesSector(members)
          ? await checkSectorIdentifier(services.outbound, { ...before.client, ...change.client })
          : undefined
      return refused ?? shownAs(await updateClient(ctx, { tenant, id, change }, actor), show)
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

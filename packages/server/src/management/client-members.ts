/** The settings of a client in the management API: shapes and words. What they mean is the registry's. */
import { z } from 'zod'
import { GRANTS } from '../grants/index.ts'
import type { ClientSettings } from '../model/client-settings.ts'

const uri = z.string().min(1).max(2000)
const uris = z.array(uri).max(50).readonly()
const page = uri.nullable()
const seconds = z.int().min(1)
const DAY = 86_400

const jwk = z.record(z.string().max(64), z.json())

const tlsClientName = z.strictObject({
  kind: z.enum(['subject_dn', 'san_dns', 'san_uri', 'san_ip', 'san_email']),
  value: z.string().min(1).max(2000),
})

/** Every setting that an operator can give; each one has a default. */
export const clientSettings = {
  tokenEndpointAuthMethod: z
    .enum([
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
      'tls_client_auth',
      'self_signed_tls_client_auth',
      'none',
    ])
    .meta({ description: 'How it proves itself; none is a public client.' }),
  grantTypes: z
    .array(z.enum([...GRANTS.keys()]))
    .max(20)
    .readonly(),
  accessTokenFormat: z.enum(['jwt', 'opaque']),
  accessTokenTtlSeconds: seconds.max(DAY),
  audiences: z.array(z.string().min(1).max(500)).max(20).readonly().meta({
    description: 'APIs (RFC 8707 resources) it may ask tokens for; the first is the default.',
  }),
  applicationType: z.enum(['web', 'native']).meta({
    description: 'Native clients may use loopback and private-use redirect URIs (RFC 8252).',
  }),
  redirectUris: uris.meta({
    description: 'Compared as exact strings; only the port of a loopback address may vary.',
  }),
  postLogoutRedirectUris: uris,
  responseModes: z
    .array(z.enum(['query', 'form_post']))
    .max(2)
    .readonly(),
  jwks: z
    .strictObject({ keys: z.array(jwk).min(1).max(20).readonly() })
    .nullable()
    .meta({
      description: 'Public keys for assertions, request objects, self-signed certificates.',
    }),
  jwksUri: page.meta({ description: 'Where it publishes its keys, instead of jwks.' }),
  tlsClientName: tlsClientName.nullable().meta({
    description: 'The one name of its certificate, for tls_client_auth (RFC 8705 §2.1.2).',
  }),
  requirePushedAuthorizationRequests: z.boolean(),
  requireSignedRequestObject: z.boolean(),
  dpopBoundAccessTokens: z.boolean().meta({
    description: 'Whether token requests without a DPoP proof are refused (RFC 9449 §5.2).',
  }),
  certificateBoundAccessTokens: z.boolean().meta({
    description: 'Whether its tokens are bound to its client certificate (RFC 8705 §3.4).',
  }),
  refreshTokenTtlSeconds: seconds.max(400 * DAY).meta({
    description: 'How long a grant lives at most, however often it is refreshed.',
  }),
  refreshTokenIdleSeconds: seconds.max(400 * DAY).meta({
    description: 'How long a refresh token lives unused.',
  }),
  consent: z.enum(['ask', 'trusted']).meta({
    description: 'trusted: the operator vouches for it, and people are not asked.',
  }),
  subjectType: z.enum(['public', 'pairwise']),
  sectorIdentifierUri: page,
  backchannelLogoutUri: page,
  authorizationDetailsTypes: z.array(z.string().min(1).max(200)).max(50).readonly().meta({
    description: 'Types of authorization_details it may ask for (RFC 9396 §10).',
  }),
  tokenExchange: z
    .strictObject({
      subjects: z.array(z.string().min(1).max(2000)).max(50).readonly(),
      mode: z.enum(['delegation', 'impersonation']),
    })
    .nullable()
    .meta({
      description:
        'Whose tokens it may exchange (RFC 8693): ids of clients, trusted issuers, or * for every client.',
    }),
  clientUri: page,
  logoUri: page,
  policyUri: page,
  tosUri: page,
  contacts: z.array(z.string().min(1).max(320)).max(10).readonly(),
} as const

/** {@link clientSettings} as they are shown, and where the record came from. */
export const shownClientSettings = {
  ...clientSettings,
  // A grant type of another version is shown, too.
  grantTypes: z.array(z.string()).readonly(),
  jwks: z.object({ keys: z.array(z.record(z.string(), z.unknown())).readonly() }).nullable(),
  origin: z.enum(['operator', 'registration', 'metadata-document']).meta({
    description: 'Who made the record: an operator, the client itself, or a document behind a URL.',
  }),
} as const

/** All settings of a record, by name: nothing slips into an answer with a spread. */
export const SHOWN_SETTINGS = Object.keys(shownClientSettings) as readonly (keyof ClientSettings &
  keyof typeof shownClientSettings)[] // keys of the object above

/** The members that were given; the schema has typed each one. */
export function givenSettings(
  members: Readonly<Record<string, unknown>>,
): Partial<ClientSettings> | undefined {
  const given = Object.entries(members).filter(([, value]) => value !== undefined)
  // Only undefined ones were dropped.
  return given.length === 0 ? undefined : (Object.fromEntries(given) as Partial<ClientSettings>)
}

import { z } from 'zod'
import type { AuthorityOptions } from '../authority-options.ts'
import { resolveMetadataDocuments, resolveRegistration } from '../registration/terms.ts'

const names = (text: string) => z.array(z.string().min(1)).describe(text)

const strangers = {
  scopes: names('Scopes that such a client may ask people for.'),
  audiences: names('APIs that it may ask tokens for; the first is the default.'),
} as const

const positive = (text: string) => z.int().min(1).optional().describe(text)

/** The part of the configuration file that is about OAuth. */
export const oauthSchema = z
  .strictObject({
    profile: z
      .enum(['oauth21', 'fapi2', 'legacy'])
      .optional()
      .describe('How strict the OAuth endpoints are. Default `oauth21`; `legacy` weakens them.'),
    registration: z
      .strictObject({
        access: z
          .enum(['initial-access-token', 'anyone'])
          .describe(
            'Who may register: callers with an API key that has `countersign:clients:register`, or anyone.',
          ),
        ...strangers,
        maxClients: positive('Registered clients of a tenant, at most. Default 1000.'),
        perAddressHourly: positive('Registrations an hour from one address prefix. Default 20.'),
        unusedSeconds: positive('Age at which an unused client is removed. Default 86400.'),
      })
      .optional()
      .describe('Lets clients register themselves (RFC 7591). Off by default.'),
    clientIdMetadataDocuments: z
      .strictObject({
        ...strangers,
        allowHosts: names('Hosts whose documents are read. Default: every public host.').optional(),
      })
      .optional()
      .describe('Takes clients whose `client_id` is the URL of a document. Off by default.'),
  })
  .optional()
  .describe('The OAuth authorization server.')

/** What of the options of an authority the configuration says here. */
export type OauthConfig = Pick<
  AuthorityOptions,
  'profile' | 'registration' | 'clientIdMetadataDocuments'
>

/** The options, without what was not said. @throws `ConfigError` for what cannot be meant. */
export function resolveOauth(given: z.infer<typeof oauthSchema> = {}): OauthConfig {
  // The schema has typed each member; only undefined ones are dropped.
  const options = said({
    profile: given.profile,
    registration: given.registration && said(given.registration),
    clientIdMetadataDocuments:
      given.clientIdMetadataDocuments && said(given.clientIdMetadataDocuments),
  }) as OauthConfig
  const { registration, clientIdMetadataDocuments: documents } = options
  if (registration !== undefined) resolveRegistration(registration)
  if (documents !== undefined) resolveMetadataDocuments(documents)
  return options
}

const said = (options: object): object =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))

/** Whether the settings of a client can be meant: each member for itself, and beside the others. */
import type { ClientAuthMethod, ClientSettings } from '../model/client-settings.ts'
import { profileOf, type Profile } from '../profiles/profile.ts'
import { MAX_ACCESS_TOKEN_SECONDS } from './audited.ts'
import { checkKeys } from './client-key-rules.ts'
import { invalid, type Refused } from './refusal.ts'
import { isRegistrable } from './registrable-uri.ts'

type Rule = (settings: ClientSettings, profile: Profile) => Refused | undefined

const DAY = 86_400
/** The longest life of a grant, in seconds: people change, and forget what they allowed. */
const MAX_REFRESH_SECONDS = 400 * DAY
const MIN_REFRESH_SECONDS = 60
const MAX_URI_LENGTH = 2000

/**
 * Checks complete settings, as they are to be stored; the first fault is answered. Whether grant types
 * exist is the API's to know.
 *
 * @param profile - Of the authority; without one, the default.
 */
export function checkClientSettings(
  settings: ClientSettings,
  profile: Profile = profileOf(),
): Refused | undefined {
  for (const rule of RULES) {
    const refused = rule(settings, profile)
    if (refused !== undefined) return refused
  }
  return undefined
}

/** Reports whether a client proves itself by a secret of ours. */
export const hasSecret = (method: ClientAuthMethod): boolean =>
  method === 'client_secret_basic' || method === 'client_secret_post'

const checkMethod: Rule = ({ tokenEndpointAuthMethod: method }, { name, clientAuthMethods }) =>
  clientAuthMethods.includes(method)
    ? undefined
    : invalid(
        '/tokenEndpointAuthMethod',
        `The profile ${name} takes ${clientAuthMethods.join(', ')}.`,
      )

const checkGrants: Rule = ({ grantTypes, redirectUris, tokenEndpointAuthMethod: method }) => {
  if (grantTypes.includes('authorization_code') && redirectUris.length === 0) {
    return invalid('/redirectUris', 'Codes need an address to go to: register a redirect URI.')
  }
  if (grantTypes.includes('client_credentials') && method === 'none') {
    return invalid(
      '/grantTypes',
      'A public client has no credentials: leave client_credentials out.',
    )
  }
  return grantTypes.length === 1 && grantTypes.includes('refresh_token')
    ? invalid('/grantTypes', 'Refresh tokens come with another grant: name that, too.')
    : undefined
}

const checkLifetimes: Rule = ({
  accessTokenTtlSeconds: access,
  refreshTokenTtlSeconds: refresh,
  refreshTokenIdleSeconds: idle,
}) => {
  if (access < 1 || access > MAX_ACCESS_TOKEN_SECONDS) {
    return invalid('/accessTokenTtlSeconds', `Write 1 to ${MAX_ACCESS_TOKEN_SECONDS} seconds.`)
  }
  if (refresh < MIN_REFRESH_SECONDS || refresh > MAX_REFRESH_SECONDS) {
    const range = `${MIN_REFRESH_SECONDS} to ${MAX_REFRESH_SECONDS}`
    return invalid('/refreshTokenTtlSeconds', `Write ${range} seconds.`)
  }
  return idle < MIN_REFRESH_SECONDS || idle > refresh
    ? invalid(
        '/refreshTokenIdleSeconds',
        `Write ${MIN_REFRESH_SECONDS} seconds or more, and no more than refreshTokenTtlSeconds.`,
      )
    : undefined
}

const checkRedirects: Rule = ({ redirectUris, postLogoutRedirectUris, applicationType, ...rest }) =>
  checkAddresses('/redirectUris', redirectUris, applicationType) ??
  checkAddresses('/postLogoutRedirectUris', postLogoutRedirectUris, applicationType) ??
  (rest.responseModes.length === 0 && rest.grantTypes.includes('authorization_code')
    ? invalid('/responseModes', 'Write query, form_post, or both.')
    : undefined)

function checkAddresses(
  pointer: string,
  uris: readonly string[],
  applicationType: ClientSettings['applicationType'],
): Refused | undefined {
  const bad = uris.findIndex((uri) => !isRegistrable(uri, applicationType))
  if (bad < 0) return undefined
  const native =
    applicationType === 'native'
      ? ', http: of a loopback address, or a private scheme'
      : '; other schemes are for native clients'
  return invalid(
    `${pointer}/${bad}`,
    `Write an absolute https: URI without fragment, user or wildcard${native}.`,
  )
}

const checkKeySource: Rule = (settings, { algorithms }) => {
  const { jwks, jwksUri, tokenEndpointAuthMethod: method } = settings
  if (jwks !== null && jwksUri !== null) {
    return invalid('/jwksUri', 'Register keys or where they are, not both.')
  }
  if (jwksUri !== null && !isWebAddress(jwksUri)) return invalid('/jwksUri', 'Write an https: URL.')
  const fault = jwks === null ? undefined : checkKeys(jwks.keys, algorithms)
  if (fault !== undefined) return invalid(`/jwks${fault.pointer}`, fault.message)
  const needed =
    method === 'private_key_jwt' ||
    method === 'self_signed_tls_client_auth' ||
    settings.requireSignedRequestObject
  return needed && jwks === null && jwksUri === null
    ? invalid('/jwks', 'The client proves something by its keys: register jwks or jwksUri.')
    : undefined
}

const checkTlsName: Rule = ({ tlsClientName, tokenEndpointAuthMethod }) => {
  const wanted = tokenEndpointAuthMethod === 'tls_client_auth'
  if (wanted === (tlsClientName !== null)) {
    return tlsClientName?.value === ''
      ? invalid('/tlsClientName/value', 'Write the name as the certificate has it.')
      : undefined
  }
  return invalid(
    '/tlsClientName',
    wanted
      ? 'Name what its certificate says: one subject_dn or alternative name.'
      : 'This is for tls_client_auth only.',
  )
}

const checkConsent: Rule = ({ consent, origin }) =>
  consent === 'trusted' && origin !== 'operator'
    ? invalid('/consent', 'Nobody vouches for a client that registered itself: people are asked.')
    : undefined

/** OpenID Connect Core §8.1: several hosts without a sector would be several pseudonyms. */
const checkSubjects: Rule = ({ subjectType, sectorIdentifierUri, redirectUris }) => {
  if (sectorIdentifierUri !== null && !isWebAddress(sectorIdentifierUri)) {
    return invalid('/sectorIdentifierUri', 'Write an https: URL.')
  }
  if (subjectType === 'public' || sectorIdentifierUri !== null) return undefined
  const hosts = new Set(redirectUris.map((uri) => new URL(uri).host))
  return hosts.size === 1
    ? undefined
    : invalid('/sectorIdentifierUri', 'Pairwise subjects need one host of redirect URIs, or this.')
}

const ADDRESSES = ['backchannelLogoutUri', 'clientUri', 'logoUri', 'policyUri', 'tosUri'] as const

const checkWebAddresses: Rule = (settings) => {
  const bad = ADDRESSES.find((member) => {
    const address = settings[member]
    return address !== null && !isWebAddress(address)
  })
  return bad === undefined ? undefined : invalid(`/${bad}`, 'Write an https: URL without fragment.')
}

/** A page or a document on the web; what is private is refused when it is fetched. */
function isWebAddress(address: string): boolean {
  if (address.length > MAX_URI_LENGTH || !URL.canParse(address) || address.includes('#'))
    return false
  const { protocol, username, password } = new URL(address)
  return protocol === 'https:' && username === '' && password === ''
}

const checkAudiences: Rule = ({ audiences }) => {
  const bad = audiences.findIndex((audience) => audience === '' || audience.length > 500)
  return bad < 0
    ? undefined
    : invalid(`/audiences/${bad}`, 'Write an audience of 1 to 500 characters.')
}

const RULES: readonly Rule[] = [
  checkMethod,
  checkGrants,
  checkLifetimes,
  checkAudiences,
  checkRedirects,
  checkKeySource,
  checkTlsName,
  checkConsent,
  checkSubjects,
  checkWebAddresses,
]

/** The pages of a request under way. */
import type { Answer } from 'countersign'
import type { Granted } from '../authorization/complete.ts'
import type { AuthorizationCall } from '../authorization/call.ts'
import type { RegisteredClient } from '../authorization/request.ts'
import { lookOf } from '../authorization/respond.ts'
import { coveredScopes } from '../consents/consent.ts'
import type { AuthorizationDetail } from '../model/grant-facts.ts'
import type { PrincipalRecord } from '../model/records.ts'
import { pageAnswer } from '../pages/answer.ts'
import { consentPage, type AccessView, type ClientView } from '../pages/consent.ts'
import { parseDestination, type Destination } from '../pages/destination.ts'
import { formToken } from '../sessions/forms.ts'
import type { LiveSession } from '../sessions/read.ts'
import type { Interaction } from './interaction.ts'
import { pathOf } from './paths.ts'

/**
 * What the consent form is for: this request, this session, and the very scopes that were shown. If
 * the person or its scopes changed since, the form is of no use.
 */
export const consentPurpose = (
  { record }: Pick<Interaction, 'record'>,
  { session, scopes }: Pick<Granted, 'session' | 'scopes'>,
): string => ['consent', record.id, session?.id ?? '', ...scopes].join('\n')

/** The consent page of a request. */
export async function showConsent(
  call: AuthorizationCall,
  interaction: Interaction,
  { granted, session }: { readonly granted: Granted; readonly session: LiveSession },
): Promise<Answer> {
  const { client, request } = interaction.asked
  const { person } = session
  const redirect = parseDestination(request.redirectUri)
  if (!redirect.ok) throw new TypeError('a redirect URI that is no destination was registered')
  const { store } = call.services
  const before = await store.consents.find(person.tenant, person.id, client.principal.id)
  const view = {
    action: pathOf(call.tenant, 'interaction'),
    csrf: formToken(interaction.secret, consentPurpose(interaction, granted)),
    carry: { id: interaction.text },
    client: clientView(client),
    access: accessView(granted, coveredScopes(before, granted.scopes, call.now)),
    redirect: redirect.value,
    user: personName(person),
  }
  return pageAnswer(consentPage(view, lookOf(call, request.uiLocales)))
}

/** A person as it knows itself: by its user name, which for somebody from outside is an address. */
export const personName = ({ username, name }: PrincipalRecord): string =>
  username === null || username.includes('#') ? name : username

/** A client as people judge it. */
export function clientView({ principal, settings }: RegisteredClient): ClientView {
  const policy = webDestination(settings.policyUri)
  const terms = webDestination(settings.tosUri)
  return {
    id: principal.id,
    name: principal.name,
    verified: settings.origin === 'operator',
    ...(policy === undefined ? {} : { policy }),
    ...(terms === undefined ? {} : { terms }),
  }
}

function webDestination(url: string | null): Destination | undefined {
  const parsed = url === null ? undefined : parseDestination(url)
  return parsed?.ok === true ? parsed.value : undefined
}

function accessView({ asked, scopes }: Granted, already: readonly string[]): AccessView {
  const { grantTypes, refreshTokenTtlSeconds, accessTokenTtlSeconds } = asked.client.settings
  const { resources, authorizationDetails } = asked.request
  return {
    scopes,
    already,
    resources,
    details: authorizationDetails.map(detailView),
    lifetimeSeconds: grantTypes.includes('refresh_token')
      ? refreshTokenTtlSeconds
      : accessTokenTtlSeconds,
  }
}

/** A detail in the words of its client. */
export const detailView = ({ type, ...members }: AuthorizationDetail) => ({
  type,
  members: Object.entries(members).map(
    ([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)] as const,
  ),
})

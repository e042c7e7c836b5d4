import { resolveClient, type Answer } from 'countersign'
import { completeAuthorization } from '../authorization/complete.ts'
import type { AuthorizationCall } from '../authorization/call.ts'
import type { AskedRequest } from '../authorization/request.ts'
import { refusalPage, refuseAuthorization } from '../authorization/respond.ts'
import { subjectFor } from '../oidc/subjects.ts'
import { readSession, type LiveSession } from '../sessions/read.ts'
import { backTo } from './answers.ts'
import { knowBrowser } from './browser.ts'
import { keepPlace, NO_CLIENT, type NewPlace } from './place.ts'
import { standingOf, type Facts, type Standing } from './standing.ts'

/**
 * Answers an authorization request that is good: at once where the person is signed in and has
 * agreed before; with an error where it may not be asked (`prompt=none`); else by sending the browser
 * to a page, with the request kept.
 *
 * @see [OpenID Connect Core §3.1.2.3](https://openid.net/specs/openid-connect-core-1_0.html#Authenticates)
 */
export async function beginInteraction(
  call: AuthorizationCall,
  asked: AskedRequest,
): Promise<Answer> {
  const session = await readSession(call)
  const { request } = asked
  const standing = await standingIn(call, { asked, session, signedInHere: false, switching: false })
  if (standing.kind === 'ready') return completeAuthorization(call, standing.granted)
  if (standing.kind === 'refused') {
    return refuseAuthorization(call, { ...standing, returnTo: request })
  }
  if (request.prompt.includes('none')) {
    const { error, description } = silentRefusal(standing, session)
    return refuseAuthorization(call, { error, description, returnTo: request })
  }
  return toPage(call, asked)
}

/** What a request needs, with the consent that there is. */
export async function standingIn(
  { services, tenant, now }: AuthorizationCall,
  facts: Omit<Facts, 'consent' | 'subject' | 'now'>,
): Promise<Standing> {
  const { session, asked } = facts
  if (session === undefined)
    return standingOf({ ...facts, consent: undefined, subject: undefined, now })
  const { principal, settings } = asked.client
  const { id } = session.person
  const consent = await services.store.consents.find(tenant.id, id, principal.id)
  const reader = { tenant: tenant.id, clientId: principal.id, settings }
  return standingOf({ ...facts, consent, subject: subjectFor(services.secrets, reader, id), now })
}

function silentRefusal(standing: Standing, session: LiveSession | undefined) {
  return standing.kind === 'consent' && session !== undefined
    ? ({ error: 'consent_required', description: 'The person has to be asked.' } as const)
    : ({ error: 'login_required', description: 'The person has to sign in.' } as const)
}

/** A page of its own URL: it can be loaded again, and its forms come back to it. */
export async function toPage(
  call: AuthorizationCall,
  asked: AskedRequest | { readonly returnTo: string },
): Promise<Answer> {
  const { services, exchange } = call
  const { address } = resolveClient(exchange, services.proxies)
  const seconds = await services.signInFailures.beganFrom(address, services.clock())
  if (seconds > 0) {
    const page = refusalPage(call, { reason: 'oauth.sign-in-limited', kind: 'limited' })
    return { ...page, headers: [...page.headers, ['retry-after', String(seconds)]] }
  }
  const browser = knowBrowser(call)
  const text = await keepPlace(call, { browser, ...keptOf(asked) })
  return backTo(call, { text }, browser.fields)
}

const keptOf = (asked: AskedRequest | { readonly returnTo: string }): Omit<NewPlace, 'browser'> => {
  if ('returnTo' in asked) return { ...asked, clientId: NO_CLIENT, request: null, pushedId: null }
  const { client, request, pushedId = null } = asked
  return { clientId: client.principal.id, request, pushedId, returnTo: null }
}

/** What is missing for an answer. Asked anew at every step: nothing that was passed is remembered. */
import type { AuthorizationErrorCode } from '../http/error-codes.ts'
import type { AskedRequest, AuthorizationRequest } from '../authorization/request.ts'
import type { Granted } from '../authorization/complete.ts'
import { isDelegable } from '../checks/delegated-scope.ts'
import { coversAll } from '../consents/consent.ts'
import type { ConsentRecord } from '../model/authorization.ts'
import { parseDestination } from '../pages/destination.ts'
import type { LiveSession } from '../sessions/read.ts'

/** What is known when it is asked. */
export interface Facts {
  readonly asked: AskedRequest
  readonly session: LiveSession | undefined
  /** The consent of this person and client, in force or not. */
  readonly consent: ConsentRecord | undefined
  /** Somebody signed in to this very session for this request. */
  readonly signedInHere: boolean
  readonly switching: boolean
  /** The client's name of who is signed in. */
  readonly subject: string | undefined
  /** Seconds since the epoch. */
  readonly now: number
}

/** What to do next. */
export type Standing =
  /** `again`: the person is known, and has to prove it once more. */
  | { readonly kind: 'sign-in'; readonly again: boolean }
  | {
      readonly kind: 'refused'
      readonly error: AuthorizationErrorCode
      readonly description: string
    }
  | { readonly kind: 'consent'; readonly granted: Granted; readonly session: LiveSession }
  | { readonly kind: 'ready'; readonly granted: Granted }

/**
 * What a request still needs. Checks, in order: somebody is signed in, recently enough for
 * `max_age`, for this request with `prompt=login` and `select_account`, as whom the client
 * means, in the way that an essential `acr` asks for; something is left of the scopes that this person can hand on; the person agreed.
 */
export function standingOf(facts: Facts): Standing {
  const { asked, session, signedInHere } = facts
  if (session === undefined) return { kind: 'sign-in', again: false }
  const again = signInAgain(facts, session)
  if (again !== undefined) return again
  const { person, record } = session
  if (!isMeant(facts)) {
    if (!signedInHere) return { kind: 'sign-in', again: false }
    const description = 'Somebody else has signed in.'
    return { kind: 'refused', error: 'login_required', description }
  }
  if (!isAcrMet(asked.request, session)) {
    if (!signedInHere) return { kind: 'sign-in', again: true }
    const description = 'The requested authentication context cannot be met.'
    return { kind: 'refused', error: 'unmet_authentication_requirements', description }
  }
  const delegation = { person, client: asked.client.principal }
  const scopes = asked.request.scopes.filter((scope) => isDelegable(delegation, scope))
  if (scopes.length === 0 && asked.request.scopes.length > 0) {
    const description = 'The person can hand on nothing of the requested scope.'
    return { kind: 'refused', error: 'access_denied', description }
  }
  const { authentication } = record
  const asking = needsConsent(facts, scopes)
  const byConsent = !asking && asked.client.settings.consent !== 'trusted'
  const granted: Granted = { asked, person, session: record, authentication, scopes, byConsent }
  return asking ? { kind: 'consent', granted, session } : { kind: 'ready', granted }
}

/** Signing in within the request settles `prompt`, `max_age` (also 0) and a wish to switch. */
function signInAgain(
  { asked: { request }, signedInHere, switching, now }: Facts,
  { record }: LiveSession,
): Standing | undefined {
  if (signedInHere) return undefined
  if (switching || request.prompt.includes('select_account'))
    return { kind: 'sign-in', again: false }
  const age = now - record.authentication.at
  const tooOld = request.maxAge !== undefined && age >= request.maxAge
  return tooOld || request.prompt.includes('login') ? { kind: 'sign-in', again: true } : undefined
}

/**
 * A client that says whom it means has an answer for nobody else, whoever is signed in (OpenID Connect
 * Core §3.1.2.2). It says so by `id_token_hint`, or by the value of `sub` in `claims`.
 */
function isMeant({ asked: { request }, subject }: Facts): boolean {
  const wanted = request.claims?.id_token?.['sub']?.value
  return (
    (wanted === undefined || wanted === subject) &&
    (request.subject === undefined || request.subject === subject)
  )
}

/**
 * An `acr` that is essential must be met (OpenID Connect Core §5.5.1.1); `acr_values` are a wish, and
 * the ID token says what was done.
 */
function isAcrMet({ claims }: AuthorizationRequest, { record }: LiveSession): boolean {
  const wanted = claims?.id_token?.['acr']
  if (wanted?.essential !== true) return true
  const values = wanted.values ?? (wanted.value === undefined ? [] : [wanted.value])
  return values.length === 0 || values.includes(record.authentication.acr)
}

/**
 * Reports whether the person has to be asked. Always, where nothing proves that the client is who it
 * says (SR-052): one that an operator did not register, or whose answer any program on the device
 * can take; and where details are asked for that no earlier consent named.
 */
function needsConsent(
  { asked: { client, request }, consent, now }: Facts,
  scopes: readonly string[],
): boolean {
  if (request.prompt.includes('consent') || !isAssured({ client, request })) return true
  if (client.settings.consent === 'trusted') return false
  if (request.authorizationDetails.length > 0) return true
  return !coversAll(consent, { scopes, audiences: request.resources }, now)
}

/** Reports whether the answer can reach the registered client alone. */
function isAssured({ client, request }: Pick<AskedRequest, 'client' | 'request'>): boolean {
  if (client.settings.origin !== 'operator') return false
  const destination = parseDestination(request.redirectUri)
  return destination.ok && destination.value.kind === 'web'
}

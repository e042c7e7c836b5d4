/** To a provider, and back from there. */
import type { Answer } from 'countersign'
import type { AuthorizationCall } from '../../authorization/call.ts'
import { refusalPage } from '../../authorization/respond.ts'
import { openSession } from '../../sessions/open.ts'
import { backTo, expired, seeOther } from '../answers.ts'
import { notePlace, type Place } from '../place.ts'
import { goOn } from '../sign-in.ts'
import type { ResolvedProvider } from './options.ts'
import { personOf } from './people.ts'
import { callbackOf, newErrand, urlAtProvider, whoCameBack, type Errand } from './provider.ts'

/** Sends a browser to a provider. The errand is kept at its place, and is good for one way back. */
export async function leaveForProvider(
  call: AuthorizationCall,
  place: Place,
  provider: ResolvedProvider,
): Promise<Answer> {
  if (place.record.consumedAt !== null) return backTo(call, place)
  const errand = newErrand(place, provider.id)
  const callback = callbackOf(call.tenant)
  const url = await urlAtProvider(provider, errand, { callback, maxAge: maxAgeOf(place) })
  if (!(await notePlace(call, place, { way: { ...errand } }))) return expired(call)
  return seeOther(url)
}

/**
 * Takes the answer of a provider. The place was opened by its browser. Checks, in order: that this
 * browser was sent to this provider with this state, once; those of {@link whoCameBack}; a user by
 * the policy.
 */
export async function comeBack(
  call: AuthorizationCall,
  place: Place,
  query: string,
): Promise<Answer> {
  const errand = errandOf(place)
  const provider = call.services.signIn.providers.find(({ id }) => id === errand?.provider)
  if (errand === undefined || provider === undefined) return backTo(call, place)
  // Used up before it is tried: what fails once is not tried twice.
  if (!(await notePlace(call, place, { way: null }))) return expired(call)
  const callback = new URL(`${callbackOf(call.tenant)}?${query}`)
  const who = await whoCameBack(provider, errand, { callback, maxAge: maxAgeOf(place) })
  // The person changed its mind, or somebody made an answer up: the sign-in page again.
  if (who === undefined) return backTo(call, place)
  const person = await personOf(call, who, provider.people)
  if (person === undefined) {
    const detail = { why: 'the person is not known here' }
    return refusalPage(call, { reason: 'oauth.form-forged', kind: 'forbidden', detail })
  }
  const { at, amr, acr } = who
  const authentication = { at: Math.min(at, call.now), amr, ...(acr === undefined ? {} : { acr }) }
  return goOn(call, place, await openSession(call, { person, authentication }))
}

/** What the client asks of the provider's memory: 0 for a new proof, undefined for none. */
function maxAgeOf({ data: { request, switching } }: Place): number | undefined {
  if (switching || request?.prompt.includes('login') === true) return 0
  return request?.maxAge
}

function errandOf({ data: { way } }: Place): Errand | undefined {
  const { provider, verifier, nonce, state } = way ?? {}
  if (typeof provider !== 'string' || typeof verifier !== 'string') return undefined
  return typeof nonce === 'string' && typeof state === 'string'
    ? { provider, verifier, nonce, state }
    : undefined
}

import type { Answer } from 'countersign'
import { readParameters } from '../authorization/parameters.ts'
import { refusalPage } from '../authorization/respond.ts'
import { readForm, type Form } from '../http/form.ts'
import { expired, forged, seeOther } from '../interactions/answers.ts'
import { showNext, takeForm } from '../interactions/decide.ts'
import { interactionAt } from '../interactions/interaction.ts'
import { pathOf } from '../interactions/paths.ts'
import { NO_CLIENT, openPlace, type Place } from '../interactions/place.ts'
import { showSignIn, takeSignIn } from '../interactions/sign-in.ts'
import { arrive } from '../interactions/ways/arrive.ts'
import { isFromOurPages } from '../sessions/forms.ts'
import { readSession } from '../sessions/read.ts'
import type { Call } from './call.ts'

/** `GET /oauth/interaction?id=…`: the page that a request needs next. */
export async function interactionPage(call: Call): Promise<Answer> {
  const query = await readParameters(call.exchange)
  const seen = { ...call, pageShown: true }
  if (!query.ok) return expired(seen)
  const place = await openPlace(seen, query.value.get('id'))
  if (!place.ok) return REFUSED[place.error](seen)
  const arrived = await arrive(seen, place.value, query.value.get('arrival'))
  return arrived ?? at(seen, place.value)
}

/**
 * `POST /oauth/interaction`: a form of that page. Checks, in order: it was sent from our pages, as
 * far as the browser says; it is a form; the request that it names, in its browser; the token.
 */
export async function interactionForm(call: Call): Promise<Answer> {
  const seen = { ...call, pageShown: true }
  const form = await readForm(call.exchange)
  if (!form.ok || !isFromOurPages(call.exchange)) return forged(seen)
  const place = await openPlace(seen, form.value.get('id'))
  return place.ok ? at(seen, place.value, form.value) : REFUSED[place.error](seen)
}

const REFUSED = { expired, foreign: forged } as const

/** A client waits, or a page of ours does. */
async function at(call: Call, place: Place, form?: Form): Promise<Answer> {
  if (place.record.clientId === NO_CLIENT) return beforeOurs(call, place, form)
  const interaction = await interactionAt(call, place)
  if (interaction === undefined) {
    return refusalPage(call, { reason: 'oauth.client-unknown', kind: 'client' })
  }
  return form === undefined ? showNext(call, interaction) : takeForm(call, interaction, form)
}

async function beforeOurs(call: Call, place: Place, form: Form | undefined): Promise<Answer> {
  if (form !== undefined) return takeSignIn(call, place, { form })
  const session = await readSession(call)
  if (session !== undefined && session.record.id === place.data.signedIn) {
    return seeOther(place.data.returnTo ?? pathOf(call.tenant, 'account'))
  }
  return showSignIn(call, place, { again: session !== undefined })
}

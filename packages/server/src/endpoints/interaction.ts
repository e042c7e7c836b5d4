import type { Answer } from 'countersign'
import { refusalPage } from '../authorization/respond.ts'
import { readParameters } from '../authorization/parameters.ts'
import { readForm } from '../http/form.ts'
import { forged, showNext, takeForm } from '../interactions/decide.ts'
import { openInteraction, type InteractionRefusal } from '../interactions/interaction.ts'
import { isFromOurPages } from '../sessions/forms.ts'
import type { Call } from './call.ts'

/** `GET /oauth/interaction?id=…`: the page that a request needs next. */
export async function interactionPage(call: Call): Promise<Answer> {
  const query = await readParameters(call.exchange)
  const seen = { ...call, pageShown: true }
  const opened = await openInteraction(seen, query.ok ? query.value.get('id') : undefined)
  return opened.ok ? showNext(seen, opened.value) : refused(seen, opened.error)
}

/**
 * `POST /oauth/interaction`: a form of that page. Checks, in order: it was sent from our pages, as
 * far as the browser says; it is a form; the request that it names, in its browser; the token.
 */
export async function interactionForm(call: Call): Promise<Answer> {
  const seen = { ...call, pageShown: true }
  const form = await readForm(call.exchange)
  if (!form.ok || !isFromOurPages(call.exchange)) return forged(seen)
  const opened = await openInteraction(seen, form.value.get('id'))
  return opened.ok ? takeForm(seen, opened.value, form.value) : refused(seen, opened.error)
}

const refused = (call: Call, why: InteractionRefusal): Answer => refusalPage(call, PAGES[why])

const PAGES = {
  expired: { reason: 'oauth.interaction-expired', kind: 'expired' },
  foreign: { reason: 'oauth.form-forged', kind: 'forbidden' },
  client: { reason: 'oauth.client-unknown', kind: 'client' },
} as const

/** Pages that lead on: to a client after a form, and to a client by a form. */
import { placeText } from './consent.ts'
import type { Destination } from './destination.ts'
import { html } from './markup.ts'
import type { Look } from './look.ts'
import { page, type Page } from './page.ts'
import { hidden } from './parts.ts'

/** Where to. */
export interface ContinueView {
  /** The redirect URI with the response in its query. */
  readonly to: Destination
}

/**
 * Goes on to the client by itself, without script, and has a link for who has to press it.
 *
 * The answer to a POST of a page, in place of a redirect to another origin: Chromium holds
 * `form-action` against the whole chain of redirects that a form starts, those of the client after
 * the callback included, and no policy can name them beforehand. Here the chain ends. It is a GET
 * without the fields of the form, as after 303 (SR-004).
 */
export function continuePage({ to }: ContinueView, look: Look): Page {
  const content = html`
<p class="lead" role="status">${look.say('continue.lead', { place: placeText(to, look) })}</p>
<p class="stack"><a class="button" href="${to.url}" autofocus>${look.say('continue.submit')}</a></p>`
  return page({ title: look.say('continue.title'), content, kind: 'flow', onward: to.url }, look)
}

/** What is posted, and where to. */
export interface FormPostView {
  /** The redirect URI; an application's own scheme takes no POST. */
  readonly to: Destination
  /** `code`, `state`, `iss`, or `error` and its companions. */
  readonly parameters: Readonly<Record<string, string>>
}

/** Not `form.submit()`: a parameter called `submit` would stand in its place. */
const SUBMIT = 'HTMLFormElement.prototype.submit.call(document.forms[0])'

/**
 * Posts the response to the client by the one line of script that its policy allows, or by a button.
 *
 * @see [OAuth 2.0 Form Post Response Mode](https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html)
 */
export function formPostPage({ to, parameters }: FormPostView, look: Look): Page {
  const content = html`
<p class="lead" role="status">${look.say('continue.lead', { place: placeText(to, look) })}</p>
<form method="post" action="${to.url}" class="stack">
${hidden(parameters)}<button>${look.say('continue.submit')}</button></form>`
  const title = look.say('continue.title')
  return page({ title, content, kind: 'hand-over', script: SUBMIT }, look)
}

/** Sign-out: asked first, because anybody can link to it (SR-054). */
import { clientName, placeText, type ClientView } from './consent.ts'
import type { Destination } from './destination.ts'
import { html, localPath } from './markup.ts'
import type { Look } from './look.ts'
import { page, type Page } from './page.ts'
import { form, named, type FormView } from './parts.ts'

/** What the page shows that asks whether to sign out. */
export interface SignOutView extends FormView {
  readonly user: string
  /** Who asked, by RP-initiated logout. */
  readonly client?: Pick<ClientView, 'id' | 'name'> | undefined
}

/** What the page shows after it. */
export interface SignedOutView {
  /** The registered `post_logout_redirect_uri` with its `state`. */
  readonly returnTo?: Destination | undefined
  /** Where to sign in again; a path of the authority. */
  readonly signInPath?: string | undefined
}

/**
 * Asks: one form with `csrf` and `decision` = `sign_out` or `stay`.
 *
 * @see [RP-Initiated Logout §2](https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RPLogout)
 */
export function signOutPage(view: SignOutView, look: Look): Page {
  const { user, client } = view
  const content = html`
${client && html`<p class="lead">${look.say('sign-out.asked', { client: clientName(client) })}</p>`}
<p class="lead">${look.say('sign-out.lead', { user: named(user) })}</p>
${form(
  view,
  html`<button class="plain" name="decision" value="stay">${look.say('sign-out.stay')}</button>
<button name="decision" value="sign_out">${look.say('sign-out.submit')}</button>`,
  'choice',
)}`
  return page({ title: look.say('sign-out.title'), content, kind: 'own' }, look)
}

/** Says that it happened. It goes nowhere by itself: use {@link continuePage} for that. */
export function signedOutPage({ returnTo, signInPath }: SignedOutView, look: Look): Page {
  const content = html`
<p role="status">${look.say('signed-out.text')}</p>
<div class="stack">
${returnTo && html`<a class="button" href="${returnTo.url}">${look.say('signed-out.return', { place: placeText(returnTo, look) })}</a>`}
${
  signInPath !== undefined &&
  html`<a class="button plain" href="${localPath(signInPath)}">${look.say('signed-out.again')}</a>`
}
</div>`
  return page({ title: look.say('signed-out.title'), content, kind: 'own' }, look)
}

/** Sign-in with the password of our user table. */
import { html, localPath, type Child, type Markup } from './markup.ts'
import type { Look } from './look.ts'
import { page, type Page } from './page.ts'
import { field, form, named, type FormView } from './parts.ts'

/** What the sign-in page shows. */
export interface SignInView extends FormView {
  /** Whose flow this is part of; undefined for the account page. Attacker-controlled. */
  readonly client?: string | undefined
  /** `login_hint`, or what was typed before. Attacker-controlled. */
  readonly username?: string | undefined
  /** The user is known and must prove it anew: `prompt=login`, `max_age`. */
  readonly again?: boolean
  /** Why the page is back. One text for an unknown user and a wrong password. */
  readonly failure?:
    | { readonly kind: 'wrong' }
    | { readonly kind: 'limited'; readonly seconds: number }
  /** Other ways to sign in; a path of the authority that redirects to the provider. */
  readonly providers?: readonly { readonly name: string; readonly path: string }[]
  /** Whether passwords are taken here. @defaultValue true */
  readonly password?: boolean
}

/**
 * The sign-in page: fields `username`, `password`, `csrf`. Status 200; 400 with a wrong password and
 * 429 when limited: 401 would need a challenge, and browsers act on it.
 *
 * A provider is a link and not a form: Chromium holds `form-action` against every redirect that
 * follows a form, and would block the way to the provider.
 */
export function signInPage(view: SignInView, look: Look): Page {
  const { client, failure, password = true, again = false } = view
  const status = failure === undefined ? 200 : failure.kind === 'limited' ? 429 : 400
  const content = html`
${client !== undefined && html`<p class="lead">${look.say('sign-in.continue', { client: named(client) })}</p>`}
${again && html`<p class="lead">${look.say('sign-in.again')}</p>`}
${password && form(view, passwordFields(view, look), 'stack')}
${others(view, look)}`
  const title = look.say('sign-in.title')
  return page({ title, content, status, kind: 'flow', wrong: failure !== undefined }, look)
}

/** Focus goes to the first field that is empty, or to the password when it was refused. */
function passwordFields(view: SignInView, look: Look): Markup {
  const { username = '', failure } = view
  const wrong = failure && failureText(failure, look)
  return html`${field({
    name: 'username',
    label: look.say('sign-in.username'),
    autocomplete: 'username',
    value: username,
    focused: username === '',
  })}${field({
    name: 'password',
    label: look.say('sign-in.password'),
    type: 'password',
    autocomplete: 'current-password',
    wrong,
    focused: username !== '',
    maxLength: 1024,
  })}<button>${look.say('sign-in.submit')}</button>`
}

const failureText = (
  failure: NonNullable<SignInView['failure']>,
  { say, duration }: Look,
): Markup =>
  failure.kind === 'wrong'
    ? say('sign-in.wrong')
    : say('sign-in.limited', { duration: duration(failure.seconds) })

function others({ providers = [], password = true }: SignInView, { say }: Look): Child {
  if (providers.length === 0) return false
  const ways = providers.map(
    ({ name, path }) =>
      html`<a class="button plain" href="${localPath(path)}">${say('sign-in.provider', { provider: named(name) })}</a>`,
  )
  return html`${password && html`<p class="or">${say('sign-in.or')}</p>`}<div class="${password ? 'ways' : 'stack'}">${ways}</div>`
}

/** What a user can see and end: sessions, and applications that were granted access (SR-026, SR-052). */
import { clientName, type ClientView } from './consent.ts'
import { html, type Child, type Markup } from './markup.ts'
import type { Look } from './look.ts'
import { page, type Page } from './page.ts'
import { facts, form, named, scopeInWords, type FormView } from './parts.ts'

/** A session of the user. */
export interface SessionView {
  readonly id: string
  /** What it runs on, as its `User-Agent` claims: `Firefox on Linux`. Attacker-controlled. */
  readonly device: string
  readonly address?: string | undefined
  readonly signedInAt: number
  readonly lastSeenAt: number
  /** The one that looks at this page. */
  readonly current: boolean
}

/** An application with access. */
export interface GrantView {
  readonly id: string
  readonly client: Pick<ClientView, 'id' | 'name'>
  readonly scopes: readonly string[]
  readonly createdAt: number
  /** Undefined where nobody keeps it. */
  readonly lastUsedAt?: number | null | undefined
  readonly expiresAt: number | null
}

/** What just happened, said once at the top. */
export type AccountNotice =
  | { readonly kind: 'grant-revoked'; readonly client: Pick<ClientView, 'id' | 'name'> }
  | { readonly kind: 'session-ended' | 'sessions-ended' }

/** What the account page shows. Every button is a form of its own, to the same `action`. */
export interface AccountView extends FormView {
  readonly user: string
  readonly sessions: readonly SessionView[]
  readonly grants: readonly GrantView[]
  readonly notice?: AccountNotice | undefined
}

/**
 * The account page. Its forms carry `csrf` and one of `revoke_grant` = grant id, `end_session` =
 * session id, `end_other_sessions` = `1`, `sign_out` = `1`. Answer with 303 to the page.
 */
export function accountPage(view: AccountView, look: Look): Page {
  const { user, sessions, grants, notice } = view
  const signOut = html`<button class="link" name="sign_out" value="1">${look.say('sign-out.submit')}</button>`
  const content = html`
<div class="who"><span>${look.say('account.as', { user: named(user) })}</span>${form(view, signOut)}</div>
${notice && html`<p class="done" role="status">${noticeText(notice, look)}</p>`}
<section aria-labelledby="grants">
<h2 id="grants">${look.say('account.grants')}</h2>
<p class="lead">${
    grants.length === 0
      ? look.say('account.grants.none')
      : look.say('account.grants.count', { count: grants.length })
  }</p>
${grants.length > 0 && html`<ul class="items">${grants.map((grant) => grantItem(grant, view, look))}</ul>`}
</section>
<section aria-labelledby="sessions">
<h2 id="sessions">${look.say('account.sessions')}</h2>
<p class="lead">${look.say('account.sessions.count', { count: sessions.length })}</p>
<ul class="items">${sessions.map((session) => sessionItem(session, view, look))}</ul>
${sessions.length > 1 && form(view, endOthers(look))}
</section>`
  return page({ title: look.say('account.title'), content, kind: 'own', wide: true }, look)
}

const endOthers = ({ say }: Look): Markup =>
  html`<button class="plain small" name="end_other_sessions" value="1">${say('account.sessions.end-all')}</button>`

function grantItem(grant: GrantView, view: FormView, look: Look): Markup {
  const { id, client, scopes, createdAt, lastUsedAt, expiresAt } = grant
  const name = clientName(client)
  const spoken = look.say('account.grants.revoke.of', { client: name })
  return html`<li><div>
<h3>${name}</h3>
${scopes.length > 0 && html`<ul>${scopes.map((scope) => html`<li>${scopeInWords(scope, look)}</li>`)}</ul>`}
${facts([
  [look.say('account.grants.since'), look.time(createdAt)],
  [look.say('account.grants.used'), lastUsedAt !== undefined && look.time(lastUsedAt)],
  [look.say('account.grants.until'), look.time(expiresAt)],
])}
</div>${endForm(view, ['revoke_grant', id], [look.say('account.grants.revoke'), spoken])}</li>`
}

function sessionItem(session: SessionView, view: FormView, look: Look): Markup {
  const { id, device, address, signedInAt, lastSeenAt, current } = session
  const tag = current && html` <span class="tag">${look.say('account.sessions.current')}</span>`
  const spoken = look.say('account.sessions.end.of', { session: named(device) })
  const end = endForm(view, ['end_session', id], [look.say('account.sessions.end'), spoken])
  return html`<li><div>
<h3>${named(device)}${tag}</h3>
${facts([
  [look.say('account.sessions.address'), address !== undefined && named(address)],
  [look.say('account.sessions.since'), look.time(signedInAt)],
  [look.say('account.sessions.seen'), look.time(lastSeenAt)],
])}
</div>${!current && end}</li>`
}

/** A button with a short text to see, and a full one to hear: a list of equal buttons says nothing. */
const endForm = (
  view: FormView,
  [name, value]: readonly [string, string],
  [seen, spoken]: readonly [Markup, Markup],
): Markup =>
  form(
    view,
    html`<button class="plain small" name="${name}" value="${value}"><span aria-hidden="true">${seen}</span><span class="unseen">${spoken}</span></button>`,
  )

function noticeText(notice: AccountNotice, { say }: Look): Child {
  if (notice.kind === 'grant-revoked') {
    return say('account.revoked', { client: clientName(notice.client) })
  }
  return say(`account.${notice.kind}`)
}

/** Consent: who asks, where it goes, what for, how long (SR-052). */
import type { Destination } from './destination.ts'
import { html, type Child, type Markup } from './markup.ts'
import type { Look } from './look.ts'
import { page, type Page } from './page.ts'
import { facts, form, named, scopeInWords, type FormView } from './parts.ts'
import { shown, shownName } from './shown.ts'

/** An application as a person judges it. All of it is attacker-controlled, save `verified`. */
export interface ClientView {
  /** The `client_id`: shown where the name says nothing, and beside the place. */
  readonly id: string
  readonly name?: string | undefined
  /** An operator registered it. False for whoever registered itself, or named a document. */
  readonly verified: boolean
  /** `policy_uri` and `tos_uri` of RFC 7591, shown when they are HTTPS. */
  readonly policy?: Destination | undefined
  readonly terms?: Destination | undefined
}

/** What is asked for. */
export interface AccessView {
  readonly scopes: readonly string[]
  /** Of those, what a grant in force covers already. */
  readonly already?: readonly string[]
  /** Rich authorization requests (RFC 9396): type, and members in the client's words. */
  readonly details?: readonly {
    readonly type: string
    readonly members: readonly (readonly [name: string, value: string])[]
  }[]
  /** Resources (RFC 8707) the access is for. */
  readonly resources?: readonly string[]
  /** How long the grant lives; null until it is revoked. */
  readonly lifetimeSeconds: number | null
}

/** What the consent page shows. */
export interface ConsentView extends FormView {
  readonly client: ClientView
  readonly access: AccessView
  /** The redirect URI of this request. */
  readonly redirect: Destination
  /** Name of the user that is signed in. */
  readonly user: string
}

/**
 * The consent page: one form with `csrf` and `decision` = `allow`, `deny` or `switch` (sign in as
 * somebody else). The answer to its POST is {@link continuePage}, and no redirect to the client.
 */
export function consentPage(view: ConsentView, look: Look): Page {
  const { client, access, redirect, user } = view
  const name = clientName(client)
  const content = html`
<p class="lead">${look.say('consent.lead', { client: html`<strong>${name}</strong>` })}</p>
${form(
  view,
  html`<p class="who"><span>${look.say('consent.as', { user: named(user) })}</span>
<button class="link" name="decision" value="switch">${look.say('consent.switch')}</button></p>
${warnings(client, redirect, look)}
${accessList(access, name, look)}
${facts([
  [look.say('consent.where'), placeText(redirect, look)],
  [look.say('consent.identity'), html`<code>${named(client.id)}</code>`],
  ...accessFacts(access, look),
])}
${papers(client, name, look)}
<div class="choice">
<button class="plain" name="decision" value="deny">${look.say('consent.deny')}</button>
<button name="decision" value="allow">${look.say('consent.allow')}</button>
</div>
<p class="fine">${look.say('consent.change')}</p>`,
)}`
  return page({ title: look.say('consent.title'), content, kind: 'flow' }, look)
}

/** The name of a client as markup; its id where it has no name that can be seen. */
export const clientName = ({ name, id }: Pick<ClientView, 'name' | 'id'>): Markup =>
  named(shownName(name, id))

/** Where the browser goes next, in words: the host for the web, otherwise what kind of program. */
export function placeText({ kind, place }: Destination, { say }: Look): Child {
  const code = html`<code dir="ltr">${shown(place, 253)}</code>`
  return kind === 'web' ? code : say(`place.${kind}`, { place: code })
}

/** MCP asks for a warning where anybody's program can listen; the name is a claim. */
function warnings({ verified }: ClientView, redirect: Destination, look: Look): Child {
  const { kind } = redirect
  const place = placeText(redirect, look)
  return html`
${!verified && html`<p class="note">${look.say('consent.unverified', { place })}</p>`}
${kind !== 'web' && html`<p class="note">${look.say(`consent.${kind}`)}</p>`}`
}

/** Scopes and details in words. */
export function accessList(access: AccessView, client: Markup, look: Look): Markup {
  const { scopes, already = [], details = [] } = access
  if (scopes.length + details.length === 0) {
    return html`<p>${look.say('consent.nothing', { client })}</p>`
  }
  const rows = scopes.map(
    (scope) => html`<li>${scopeInWords(scope, look)}
<small><code>${named(scope)}</code>${already.includes(scope) && html` · ${look.say('consent.already')}`}</small></li>`,
  )
  return html`
${
  rows.length > 0 &&
  html`<h2 id="will">${look.say('consent.will', { client })}</h2>
<ul class="scopes" aria-labelledby="will">${rows}</ul>`
}
${details.length > 0 && html`<h2>${look.say('consent.details')}</h2>`}
${details.map(
  ({ type, members }) => html`<section><h3><code>${named(type)}</code></h3>
${facts(members.map(([key, value]) => [named(key), html`<bdi>${shown(value, 400)}</bdi>`]))}</section>`,
)}`
}

/** For how long, and where. */
export function accessFacts(
  { resources = [], lifetimeSeconds }: AccessView,
  { say, duration }: Look,
): readonly (readonly [Child, Child])[] {
  const lasts =
    lifetimeSeconds === null
      ? say('consent.lasts.open')
      : say('consent.lasts.revocable', { duration: duration(lifetimeSeconds) })
  const used = resources.map((resource) => html`<div><code>${named(resource)}</code></div>`)
  return [
    [say('consent.resources'), used.length > 0 && html`${used}`],
    [say('consent.lasts'), lasts],
  ]
}

const papers = ({ policy, terms }: ClientView, client: Markup, { say }: Look): Child => [
  paper(policy, say('consent.policy', { client })),
  paper(terms, say('consent.terms', { client })),
]

/** The client's own page: on the web only, and with its host, because the text is about the client. */
const paper = (to: Destination | undefined, text: Markup): Child =>
  to?.kind === 'web' &&
  html`<p class="fine"><a href="${to.url}" rel="noreferrer noopener nofollow">${text}</a> (<code>${shown(to.place, 253)}</code>)</p>`

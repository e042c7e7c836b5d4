/** Device authorization (RFC 8628 §3.3): entry of the code, confirmation, and the end. */
import { accessFacts, accessList, clientName, type AccessView, type ClientView } from './consent.ts'
import { html } from './markup.ts'
import type { Look } from './look.ts'
import { page, type Page } from './page.ts'
import { facts, field, form, named, type FormView } from './parts.ts'

/** What the page shows that asks for the code. */
export interface DeviceCodeView extends FormView {
  /** From `verification_uri_complete`, or what was typed before. Attacker-controlled. */
  readonly userCode?: string | undefined
  readonly failure?:
    | { readonly kind: 'wrong' }
    | { readonly kind: 'limited'; readonly seconds: number }
}

/** What the page shows that asks for a decision. */
export interface DeviceConfirmView extends FormView {
  readonly client: ClientView
  readonly access: AccessView
  readonly user: string
  /** As the device displays it: `WDJB-MJHT`. */
  readonly userCode: string
  /** Address the device asked from, and when: a stranger's device asks from elsewhere. */
  readonly requestedFrom?: string | undefined
  readonly requestedAt: number
}

/** How it ended. */
export interface DeviceDoneView {
  readonly client: Pick<ClientView, 'id' | 'name'>
  readonly outcome: 'allowed' | 'denied'
}

/** Entry of the code: fields `user_code`, `csrf`. A code in the URL is filled in and never sent by itself. */
export function deviceCodePage(view: DeviceCodeView, look: Look): Page {
  const { failure, userCode } = view
  const wrong =
    failure?.kind === 'limited'
      ? look.say('device.limited', { duration: look.duration(failure.seconds) })
      : failure && look.say('device.wrong')
  const content = html`
<p class="lead">${look.say('device.lead')}</p>
${form(
  view,
  html`${field({
    name: 'user_code',
    label: look.say('device.code'),
    autocomplete: 'one-time-code',
    hint: look.say('device.code.hint'),
    value: userCode,
    className: 'code',
    focused: true,
    maxLength: 32,
    wrong,
  })}<button>${look.say('device.submit')}</button>`,
  'stack',
)}`
  const title = look.say('device.title')
  const status = failure === undefined ? 200 : failure.kind === 'limited' ? 429 : 400
  return page({ title, content, status, kind: 'own', wrong: failure !== undefined }, look)
}

/**
 * Confirmation: one form with `csrf` and `decision` = `allow` or `deny`. The code is shown again and
 * the warning stands above the buttons: who is lured here has not started any device (RFC 8628 §5.4).
 */
export function deviceConfirmPage(view: DeviceConfirmView, look: Look): Page {
  const { client, access, user, userCode, requestedFrom, requestedAt } = view
  const name = clientName(client)
  const content = html`
<p class="lead">${look.say('device.confirm.lead', { client: html`<strong>${name}</strong>` })}</p>
<p>${look.say('device.confirm.code')}</p>
<code class="big">${named(userCode)}</code>
<p class="note">${look.say('device.confirm.warning')}</p>
${accessList(access, name, look)}
${facts([
  [look.say('consent.identity'), html`<code>${named(client.id)}</code>`],
  [
    look.say('device.confirm.origin'),
    html`${requestedFrom !== undefined && html`${named(requestedFrom)}, `}${look.time(requestedAt)}`,
  ],
  ...accessFacts(access, look),
])}
<p class="fine">${look.say('consent.as', { user: named(user) })}</p>
${form(
  view,
  html`<button class="plain" name="decision" value="deny">${look.say('consent.deny')}</button>
<button name="decision" value="allow">${look.say('device.confirm.allow')}</button>`,
  'choice',
)}`
  return page({ title: look.say('device.confirm.title'), content, kind: 'own' }, look)
}

/** The end of it, at the browser. */
export function deviceDonePage({ client, outcome }: DeviceDoneView, look: Look): Page {
  const text = look.say(`device.${outcome}.text`, { client: clientName(client) })
  const content = html`<p role="status">${text}</p>`
  return page({ title: look.say(`device.${outcome}.title`), content, kind: 'own' }, look)
}

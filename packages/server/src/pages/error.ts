/** The error page: what to do, and the id by which the operator finds out why. Nothing else. */
import { html } from './markup.ts'
import type { Look } from './look.ts'
import { page, type Page } from './page.ts'
import { named } from './parts.ts'

/** What can go wrong in front of a person, and the status of the answer. */
const STATUS = {
  /** The request of the client is malformed or not allowed, and cannot be answered to its redirect URI. */
  request: 400,
  /** Unknown or revoked client. */
  client: 400,
  /** Unregistered redirect URI: never redirected to (SR-002). */
  redirect: 400,
  /** Interaction, code or form that is too old or used already. */
  expired: 400,
  /** No or another CSRF token, or a form from elsewhere. */
  forbidden: 403,
  missing: 404,
  limited: 429,
  internal: 500,
  unavailable: 503,
} as const

/** The kinds of error page. */
export type PageError = keyof typeof STATUS

/** What the error page shows. */
export interface ErrorView {
  readonly kind: PageError
  /** Names the record that `countersign explain` reads. */
  readonly decisionId: string
}

/** The error page. It has no place for a description: internals and echoes cannot get in. */
export function errorPage({ kind, decisionId }: ErrorView, look: Look): Page {
  const content = html`
<p>${look.say(`error.${kind}.advice`)}</p>
<dl><dt>${look.say('error.reference')}</dt><dd><code>${named(decisionId)}</code></dd></dl>`
  const title = look.say(`error.${kind}.title`)
  return page({ title, content, status: STATUS[kind], kind: 'flow', wrong: true }, look)
}

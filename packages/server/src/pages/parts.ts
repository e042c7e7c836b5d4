/** The parts that pages share: forms, fields, facts, scopes in words. */
import { html, localPath, type Child, type Markup } from './markup.ts'
import type { Look } from './look.ts'
import { shown } from './shown.ts'

/** What every form of a page carries. */
export interface FormView {
  /** Where it posts to: a path of the authority. */
  readonly action: string
  /** The token of the session that the endpoint compares; without it a POST is refused. */
  readonly csrf: string
  /** Fields that come back as they were given: the id of an interaction. Never a secret. */
  readonly carry?: Readonly<Record<string, string>>
}

/** A form that posts to the authority, with its CSRF token. */
export const form = (
  { action, csrf, carry = {} }: FormView,
  content: Child,
  className?: 'stack' | 'choice',
): Markup => html`<form method="post" action="${localPath(action)}"${className && html` class="${className}"`}>
${hidden({ csrf, ...carry })}${content}</form>`

/** Hidden fields. */
export const hidden = (fields: Readonly<Record<string, string>>): readonly Markup[] =>
  Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  )

/** An input with its label. */
export interface FieldView {
  readonly name: string
  readonly label: Child
  readonly type?: 'text' | 'password'
  readonly autocomplete: 'username' | 'current-password' | 'one-time-code'
  readonly value?: string | undefined
  readonly hint?: Child
  /** What is wrong; the field is announced with it. */
  readonly wrong?: Child
  readonly focused?: boolean
  readonly className?: string
  readonly maxLength?: number
}

/** A labelled input; hint and error are part of its description. */
export function field(view: FieldView): Markup {
  const { name, label, type = 'text', autocomplete, value, hint, wrong, focused = false } = view
  const { className, maxLength = 256 } = view
  const told = [hint && `${name}-hint`, wrong && `${name}-wrong`].filter(Boolean).join(' ')
  return html`<div>
<label for="${name}">${label}</label>
${hint && html`<p class="hint" id="${name}-hint">${hint}</p>`}
<input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" required${[
    html` maxlength="${maxLength}" autocapitalize="none" spellcheck="false"`,
    className !== undefined && html` class="${className}"`,
    value !== undefined && html` value="${shown(value, maxLength)}"`,
    told !== '' && html` aria-describedby="${told}"`,
    Boolean(wrong) && html` aria-invalid="true"`,
    focused && html` autofocus`,
  ]}>
${wrong && html`<p class="wrong" id="${name}-wrong" role="alert">${wrong}</p>`}
</div>`
}

/** Terms with what is said of them; a row without a value is left out. */
export const facts = (rows: readonly (readonly [Child, Child])[]): Markup | false => {
  const filled = rows.filter(([, value]) => value !== undefined && value !== false)
  if (filled.length === 0) return false
  return html`<dl>${filled.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`
}

/** A name or another text of a stranger; isolated, so that its direction stays its own. */
export const named = (text: string): Markup => html`<bdi>${shown(text)}</bdi>`

const BUILT_IN = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access'] as const

/** A scope in the operator's words, in ours, or as it is. */
export function scopeInWords(scope: string, look: Look): Child {
  const said = look.scopes.get(scope)
  const [language = ''] = look.locale.split('-')
  const words = said?.[look.locale] ?? said?.[language] ?? said?.[look.fallback.locale]
  if (words !== undefined) return words
  const known = BUILT_IN.find((name) => name === scope)
  if (known !== undefined) return look.say(`scope.${known}`)
  return look.say('scope.unknown', { scope: html`<code>${named(scope)}</code>` })
}

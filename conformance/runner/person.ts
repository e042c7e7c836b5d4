/** People who sign in by filling in the forms of whatever pages a server has. */
import assert from 'node:assert/strict'
import {
  openBrowser,
  type Shown,
  type TestBrowser,
} from '../../packages/server/src/testing/browser.ts'
import type { PageForm } from '../../packages/server/src/testing/read-page.ts'
import type { Person, Seen } from './target.ts'

/** What is typed. */
export interface Login {
  readonly username: string
  readonly password: string
}

/** Opens a browser whose person signs in with a password. */
export function formPerson(issuer: string, login: Login): Person {
  const browser = openBrowser((request) => fetch(request), new URL(issuer).origin)
  const walk = async (url: URL, decide: Decide): Promise<URLSearchParams> => {
    let shown = await browser.open(url)
    for (let pages = 0; pages < 8 && !shown.elsewhere; pages += 1) {
      assert.ok(shown.status < 400, `a page with status ${shown.status}: ${shown.text}`)
      // oxlint-disable-next-line no-await-in-loop -- one page after the other
      shown = await step(browser, shown, { login, decide })
    }
    return toldBy(shown.url)
  }
  return {
    approve: (url) => walk(url, approving),
    refuse: (url) => walk(url, refusing),
    look: async (url): Promise<Seen> => {
      const { elsewhere, status, headers, url: at } = await browser.open(url)
      const page = elsewhere ? undefined : { status, headers }
      return { page, told: elsewhere ? toldBy(at) : new URLSearchParams() }
    },
  }
}

/** Errors of response types with tokens in them come in the fragment (OAuth 2.0 Multiple Response Types §5). */
const toldBy = ({ searchParams, hash }: URL): URLSearchParams =>
  hash === '' ? searchParams : new URLSearchParams(hash.slice(1))

/** The button, or the link, of a decision. */
type Decide = (shown: Shown) => { button?: string; link?: string; form?: PageForm }

const approving: Decide = ({ forms }) => pick(forms, /allow|approve|accept|consent|continue|yes/i)

const refusing: Decide = ({ forms, links }) => {
  const picked = pick(forms, /deny|reject|cancel|abort|refuse|no$/i)
  const link = links.find((one) => /abort|cancel|deny/i.test(one))
  return picked.button === undefined && link !== undefined ? { link } : picked
}

/** The form with such a button; else the first one, with its only button. */
function pick(forms: readonly PageForm[], wanted: RegExp): ReturnType<Decide> {
  for (const form of forms) {
    const button = form.buttons.find((one) => wanted.test(one))
    if (button !== undefined) return { form, button }
  }
  return forms[0] === undefined ? {} : { form: forms[0] }
}

async function step(
  browser: TestBrowser,
  shown: Shown,
  { login, decide }: { login: Login; decide: Decide },
): Promise<Shown> {
  const signIn = shown.forms.find(({ fields }) => Object.hasOwn(fields, 'password'))
  if (signIn !== undefined) {
    const name = Object.keys(signIn.fields).find((one) => /user|login|email/i.test(one))
    assert.ok(name !== undefined, `no field for a name in: ${shown.text}`)
    const fields = { [name]: login.username, password: login.password }
    return browser.submit(shown, { form: signIn, fields })
  }
  const { link, form, button } = decide(shown)
  if (link !== undefined) return browser.open(new URL(link, shown.url))
  assert.ok(form !== undefined, `nothing to press on: ${shown.text}`)
  return browser.submit(shown, { form, ...(button === undefined ? {} : { button }) })
}

/**
 * Somebody else's program signs people in: it is sent `{"url", "decision"}` and answers
 * `{"location"}`, where the browser was sent at last.
 */
export function drivenPerson(driver: string): Person {
  const drive = async (url: URL, decision: string): Promise<URLSearchParams> => {
    const body = JSON.stringify({ url, decision })
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(driver, { method: 'POST', body, headers })
    // The contract above.
    const { location } = (await response.json()) as { readonly location: string }
    return toldBy(new URL(location))
  }
  return {
    approve: (url) => drive(url, 'approve'),
    refuse: (url) => drive(url, 'refuse'),
    look: async (url) => {
      const { status, headers } = await fetch(url, { redirect: 'manual' })
      const location = headers.get('location')
      const at = location === null ? undefined : new URL(location, url)
      const left = at !== undefined && at.origin !== url.origin
      return left
        ? { page: undefined, told: toldBy(at) }
        : { page: { status, headers }, told: new URLSearchParams() }
    },
  }
}

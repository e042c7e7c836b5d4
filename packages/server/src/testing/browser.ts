/**
 * A browser without script, in this process: a cookie jar, redirects, a refresh without script, forms.
 * It holds what Chromium was measured to hold (ADR 0011), and throws where Chromium would block.
 */
import { cookieJar, type CookieJar } from './cookie-jar.ts'
import { readPage, type PageForm, type ReadPage } from './read-page.ts'

/** What the browser shows after a navigation. */
export interface Shown extends ReadPage {
  readonly url: URL
  readonly status: number
  readonly headers: Headers
  /** The origin is not the authority's: nothing was fetched, `url` is where the browser went. */
  readonly elsewhere: boolean
  /** How it came there, where it is elsewhere. */
  readonly by: 'redirect' | 'refresh' | 'form' | 'navigation'
}

/** What is filled in, and which button is pressed. */
export interface Filling {
  readonly fields?: Readonly<Record<string, string>>
  /** `name=value` of the button; undefined for the only one, or for one without a name. */
  readonly button?: string
  /** Which form of the page. @defaultValue the first one with the button and the fields */
  readonly form?: PageForm
}

/** One browser with its own cookies. */
export interface TestBrowser {
  readonly jar: CookieJar
  open(url: string | URL): Promise<Shown>
  submit(page: Shown, filling?: Filling): Promise<Shown>
  /** One request and its answer, nothing followed; cookies go along and are kept. */
  send(url: string | URL, init?: RequestInit): Promise<Response>
}

/** What answers; an in-process authority, or `fetch`. */
export type Answering = (request: Request) => Promise<Response>

const MAX_STEPS = 10
const NOTHING: ReadPage = {
  html: '',
  text: '',
  title: '',
  forms: [],
  links: [],
  refresh: undefined,
}

/** Opens a browser whose home is the origin of the authority. */
export function openBrowser(
  answering: Answering,
  origin = 'https://auth.example.com',
  headers: Readonly<Record<string, string>> = {},
): TestBrowser {
  const jar = cookieJar()
  const send: TestBrowser['send'] = async (address, init = {}) => {
    const url = new URL(address, origin)
    const cookie = jar.header()
    const all = new Headers({ ...headers, ...Object.fromEntries(new Headers(init.headers)) })
    if (cookie !== undefined) all.set('cookie', cookie)
    const request = new Request(url, { ...init, headers: all, redirect: 'manual' })
    const response = await answering(request)
    for (const line of response.headers.getSetCookie()) jar.take(line, url)
    return response
  }
  const navigate = (start: Step): Promise<Shown> => follow(send, origin, start)
  return {
    jar,
    send,
    open: (url) =>
      navigate({ url: new URL(url, origin), init: {}, by: 'navigation', afterForm: false }),
    submit: (page, filling = {}) => navigate(submission(page, filling)),
  }
}

interface Step {
  readonly url: URL
  readonly init: RequestInit
  readonly by: Shown['by']
  /** Whether a form of ours began this chain of redirects: `form-action` holds for all of it. */
  readonly afterForm: boolean
}

async function follow(send: TestBrowser['send'], origin: string, start: Step): Promise<Shown> {
  let step = start
  for (let count = 0; count < MAX_STEPS; count += 1) {
    const { url, init, by, afterForm } = step
    if (url.origin !== origin) {
      if (afterForm) throw new Error(`form-action blocks the way to ${url.origin}`)
      return { ...NOTHING, url, status: 0, headers: new Headers(), elsewhere: true, by }
    }
    // oxlint-disable-next-line no-await-in-loop -- one leads to the next
    const response = await send(url, init)
    const location = response.headers.get('location')
    if (response.status >= 300 && response.status < 400 && location !== null) {
      if (response.status !== 303) throw new Error(`${response.status} may repeat a form (SR-004)`)
      step = { url: new URL(location, url), init: {}, by: 'redirect', afterForm }
      continue
    }
    // oxlint-disable-next-line no-await-in-loop -- one leads to the next
    const page = readPage(await response.text())
    const { status, headers } = response
    if (page.refresh === undefined) return { ...page, url, status, headers, elsewhere: false, by }
    step = { url: new URL(page.refresh, url), init: {}, by: 'refresh', afterForm: false }
  }
  throw new Error('too many redirects')
}

function submission(page: Shown, { fields = {}, button, form: given }: Filling): Step {
  const form = given ?? page.forms.find((one) => fits(one, fields, button))
  if (form === undefined) {
    throw new Error(`no form for ${button ?? Object.keys(fields).join()} in: ${page.text}`)
  }
  const body = new URLSearchParams({ ...form.fields, ...fields })
  if (button !== undefined) body.set(...pairOf(button))
  const url = new URL(form.action, page.url)
  const mayLeave = !(page.headers.get('content-security-policy') ?? '').includes('form-action')
  return {
    url,
    init: {
      method: 'POST',
      body: body.toString(),
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        origin: 'null',
        'sec-fetch-site': url.origin === page.url.origin ? 'same-origin' : 'cross-site',
      },
    },
    by: 'form',
    afterForm: !mayLeave,
  }
}

const fits = (form: PageForm, fields: object, button: string | undefined): boolean =>
  (button === undefined || form.buttons.includes(button)) &&
  Object.keys(fields).every((name) => Object.hasOwn(form.fields, name))

function pairOf(button: string): [string, string] {
  const equals = button.indexOf('=')
  return [button.slice(0, equals), button.slice(equals + 1)]
}

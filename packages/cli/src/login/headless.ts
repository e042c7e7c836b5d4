import { CliError } from '../exit.ts'
import { readAuthorityPage, type PageOfAuthority } from './page.ts'

/** Who signs in, and agrees to what is asked. */
export interface HeadlessPerson {
  readonly username: string
  readonly password: string
}

/** A walk through the pages of one authority. */
interface Walk {
  /** Nothing is sent anywhere else. */
  readonly origin: string
  readonly person: HeadlessPerson
  readonly signal: AbortSignal
  readonly cookies: Map<string, string>
}

/** More pages than any flow has; a page that comes back is a refusal. */
const MAX_STEPS = 12

/**
 * Walks from a URL of the authority through sign-in and consent as a browser would, and answers the
 * first URL that leads away from it, or undefined where the pages end here. It agrees to everything:
 * for development and tests, with a user of one's own.
 */
export async function walkPages(
  start: URL,
  person: HeadlessPerson,
  signal: AbortSignal,
): Promise<URL | undefined> {
  const walk: Walk = { origin: start.origin, person, signal, cookies: new Map() }
  let step: Step | undefined = { url: start }
  for (let count = 0; count < MAX_STEPS && step !== undefined; count += 1) {
    if (step.url.origin !== walk.origin) return step.url
    // oxlint-disable-next-line no-await-in-loop -- a walk is one page after the other
    step = await take(walk, step)
  }
  if (step === undefined) return undefined
  throw new CliError('refused', 'the pages of the authority lead nowhere: is the password right?')
}

/** What is asked for next. */
interface Step {
  readonly url: URL
  readonly form?: Readonly<Record<string, string>>
}

async function take(walk: Walk, { url, form }: Step): Promise<Step | undefined> {
  const response = await fetch(url, {
    method: form === undefined ? 'GET' : 'POST',
    redirect: 'manual',
    signal: walk.signal,
    headers: { cookie: [...walk.cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
    ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
  }).catch(() => {
    throw new CliError('unavailable', `cannot reach ${walk.origin}`)
  })
  for (const cookie of response.headers.getSetCookie()) remember(walk.cookies, cookie)
  const location = response.headers.get('location')
  if (location !== null) return { url: new URL(location, url) }
  const page = readAuthorityPage(await response.text())
  if (response.status >= 400) throw new CliError('refused', `${url.pathname}: ${response.status}`)
  if (page.onward !== undefined) return { url: new URL(page.onward, url) }
  return page.action === undefined ? undefined : answer(walk, page, new URL(page.action, url))
}

/** Fills in who it is, and presses the button that agrees. */
function answer({ person }: Walk, page: PageOfAuthority, url: URL): Step {
  const asksName = 'username' in page.fields
  const agrees = page.buttons.includes('decision=allow')
  return {
    url,
    form: {
      ...page.fields,
      ...(asksName ? { username: person.username, password: person.password } : {}),
      ...(agrees ? { decision: 'allow' } : {}),
    },
  }
}

function remember(cookies: Map<string, string>, field: string): void {
  const [pair = '', ...attributes] = field.split(';')
  const equals = pair.indexOf('=')
  const name = pair.slice(0, equals).trim()
  const isOver = attributes.some((attribute) => /^\s*max-age=0\s*$/i.test(attribute))
  if (isOver) cookies.delete(name)
  else cookies.set(name, pair.slice(equals + 1).trim())
}

/** A page as an answer: the header fields that hold it in its place. */
import type { Answer } from 'countersign'
import type { Page, PageKind } from './page.ts'

/** What the kinds of pages differ in. */
interface Bounds {
  /** Directive with its leading separator, or nothing. */
  readonly formAction: string
  readonly referrer: 'no-referrer' | 'strict-origin'
  readonly opener: 'same-origin' | 'unsafe-none'
}

const BOUNDS: Readonly<Record<PageKind, Bounds>> = {
  own: { formAction: "; form-action 'self'", referrer: 'no-referrer', opener: 'same-origin' },
  // A client may have opened the window, and waits in its opener for the callback: same-origin here
  // would cut that tie for good, also for the callback.
  flow: { formAction: "; form-action 'self'", referrer: 'no-referrer', opener: 'unsafe-none' },
  // The client's answer may redirect anywhere, and Chromium would hold it against this policy. The
  // one form is ours. `strict-origin`, for with no-referrer the POST has `Origin: null`, and clients
  // that list our origin refuse it; it tells the issuer and not the URL with the state.
  'hand-over': { formAction: '', referrer: 'strict-origin', opener: 'unsafe-none' },
}

/** Nothing of this is used by a page; what is not refused here could be by what is injected. */
const FEATURES = ['camera', 'geolocation', 'microphone', 'payment', 'usb']
const PERMISSIONS = FEATURES.map((feature) => `${feature}=()`).join(', ')

/**
 * The answer for a page: no script but ours, no frame, no cache, no referrer, no sniffing
 * (SR-007, SR-008).
 *
 * Does not set `Strict-Transport-Security`, which is the listener's, nor cookies.
 *
 * @param extra - Further fields: `set-cookie`, `retry-after`.
 * @see [CSP Level 3](https://www.w3.org/TR/CSP3/)
 */
export function pageAnswer(page: Page, extra: Answer['headers'] = []): Answer {
  const { referrer, opener } = BOUNDS[page.kind]
  return {
    status: page.status,
    headers: [
      ['content-type', 'text/html; charset=utf-8'],
      ['content-language', page.locale],
      ['cache-control', 'no-store'],
      ['content-security-policy', policy(page)],
      ['x-frame-options', 'DENY'],
      ['x-content-type-options', 'nosniff'],
      ['referrer-policy', referrer],
      ['cross-origin-opener-policy', opener],
      ['cross-origin-resource-policy', 'same-origin'],
      ['permissions-policy', PERMISSIONS],
      ...extra,
    ],
    body: page.html,
  }
}

const policy = ({ sources: { style, script, image }, kind }: Page): string =>
  `default-src 'none'; style-src ${style}; script-src ${script}; img-src ${image}; ` +
  `base-uri 'none'; frame-ancestors 'none'${BOUNDS[kind].formAction}`

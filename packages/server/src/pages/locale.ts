/** Which language a person reads: `ui_locales`, then `Accept-Language`, then the operator's default. */

/** What a request says about language. Attacker-controlled. */
export interface LocaleWishes {
  /** `ui_locales` of the authorization request: tags in order, space-separated. */
  readonly uiLocales?: string | undefined
  /** The field `Accept-Language`. */
  readonly acceptLanguage?: string | undefined
}

/** Nobody reads more languages than this; the rest of a long field is not looked at. */
const MAX_RANGES = 16
const RANGE = /^[a-z]{1,8}(?:-[a-z\d]{1,8})*$/

/**
 * The best of `available` for the wishes, or undefined.
 *
 * @param available - Tags by their lower-case form.
 * @see [RFC 4647 §3.4](https://www.rfc-editor.org/rfc/rfc4647#section-3.4) Lookup
 * @see [OpenID Connect Core §3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest) `ui_locales`
 */
export function lookUpLocale<T>(
  { uiLocales = '', acceptLanguage = '' }: LocaleWishes,
  available: ReadonlyMap<string, T>,
): T | undefined {
  const wanted = uiLocales.split(' ', MAX_RANGES).map((tag) => tag.toLowerCase())
  for (const range of [...wanted, ...acceptedRanges(acceptLanguage)]) {
    for (let tag = RANGE.test(range) ? range : ''; tag !== ''; tag = shorter(tag)) {
      const found = available.get(tag)
      if (found !== undefined) return found
    }
  }
  return undefined
}

/** Drops the last subtag, and a single-letter one before it (RFC 4647 §3.4). */
const shorter = (tag: string): string => tag.replace(/(?:^|-)(?:[a-z\d]-)?[a-z\d]+$/, '')

/** RFC 9110 §12.5.4: by weight, `q=0` is a refusal. */
function acceptedRanges(field: string): readonly string[] {
  return field
    .toLowerCase()
    .split(',', MAX_RANGES)
    .map((item) => /^\s*([a-z\d-]+)\s*(?:;\s*q\s*=\s*([\d.]{1,5})\s*)?$/.exec(item))
    .map((match) => ({ range: match?.[1] ?? '', weight: Number(match?.[2] ?? 1) }))
    .filter(({ weight }) => weight > 0)
    .toSorted((a, b) => b.weight - a.weight)
    .map(({ range }) => range)
}

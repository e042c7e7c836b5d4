/** A document that asks to be read each time would have each request of a client wait for it. */
const MIN_SECONDS = 60
/** A redirect URI that was taken away ends within a day. */
const MAX_SECONDS = 86_400
const USUAL_SECONDS = 3600

/**
 * How long an answer may be kept, by its `Cache-Control` and `Age`, within bounds of ours.
 *
 * @param header - Of the answer. Attacker-controlled.
 * @see [RFC 9111 §5.2.2](https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2)
 */
export function freshSeconds(header: (name: string) => readonly string[]): number {
  const directives = header('cache-control')
    .join(',')
    .split(',')
    .map((directive) => directive.trim().toLowerCase())
  if (directives.some((one) => one === 'no-store' || one === 'no-cache')) return MIN_SECONDS
  const age = wholeNumber(header('age')[0]) ?? 0
  const given = directives.flatMap((one) => {
    const [name, value] = one.split('=', 2)
    return name === 'max-age' || name === 's-maxage' ? (wholeNumber(value) ?? []) : []
  })
  const seconds = given.length === 0 ? USUAL_SECONDS : Math.min(...given) - age
  return Math.min(Math.max(seconds, MIN_SECONDS), MAX_SECONDS)
}

const wholeNumber = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined

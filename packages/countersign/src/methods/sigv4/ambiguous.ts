import { pathOf } from '../../core/request.ts'
import { isPlainPath, type PathMode } from './canonical.ts'
import { queryOf } from './presented.ts'

/** What RFC 3986 lets a target consist of. */
const PRINTABLE = /^\/[\x21-\x7e]*$/
/** A fragment is not sent; a percent sign begins an escape. */
const STRAY = /#|%(?![0-9A-Fa-f]{2})/
const DOTS = /^(?:\.|%2e){1,2}$/i
const PLAIN_DOTS = /^\.{1,2}$/

/**
 * Reports whether a target can be read in two ways: by the canonical form that was signed, and by a
 * router, a proxy or a form decoder. A signature over one reading must not vouch for the other.
 *
 * Checks, in order: printable ASCII from a slash on, escapes, a bare `+` in the query (a space to
 * forms, a plus to the canonical form), encoded dot segments, and dot or empty segments where
 * normalisation removes them before signing.
 */
export function isAmbiguous(target: string, { normalize }: PathMode): boolean {
  if (!PRINTABLE.test(target) || STRAY.test(target) || queryOf(target).includes('+')) return true
  const path = pathOf(target)
  if (isPlainPath(path)) return false
  return path
    .split('/')
    .slice(1)
    .some((segment, index, { length }) => {
      if (PLAIN_DOTS.test(segment)) return normalize
      if (DOTS.test(segment)) return true
      return normalize && segment === '' && index + 1 < length
    })
}

/**
 * Texts of strangers, made safe to read. Escaping keeps `<script>` out; this keeps a client from
 * calling itself something that only looks like another name: reversed by a bidi override, padded
 * with invisible characters, stacked with accents over the line above, or long enough to push the
 * warning off the screen.
 */

/** Joiners and variation selectors: needed by some scripts, invisible in all, and dropped. */
const JOINERS = /\p{Join_Control}|\p{Variation_Selector}/gu

/**
 * Controls, formats (bidi overrides, zero width, tags), unassigned, private and lone surrogates, and
 * the letters that draw nothing. They are replaced and not dropped: a name with a hole looks wrong.
 */
const UNSEEN = /[\p{C}\p{Default_Ignorable_Code_Point}\u2800]/gu

/** More marks on one letter than any language has: they would paint over the lines around. */
const STACKED = /(\p{M}{3})\p{M}+/gu

/** The most a name may take of a page, in characters. */
export const MAX_SHOWN_CHARS = 80

/**
 * The text as it may be shown: NFC, one line, no invisible character, at most `maxChars` of it.
 *
 * Does not tell look-alike letters apart (a Cyrillic `а`); pages show the redirect host, in ASCII,
 * beside every name.
 *
 * @param text - Attacker-controlled.
 */
export function shown(text: string, maxChars = MAX_SHOWN_CHARS): string {
  // A letter with three marks has at most eight units; what is beyond could not be shown anyway.
  const clean = text
    .slice(0, maxChars * 8)
    .replaceAll(/\s+/gu, ' ')
    .replaceAll(JOINERS, '')
    .replaceAll(UNSEEN, '\ufffd')
    .normalize('NFC')
    .replaceAll(STACKED, '$1')
    .trim()
  const characters = Array.from(clean)
  if (characters.length <= maxChars) return clean
  return `${characters
    .slice(0, maxChars - 1)
    .join('')
    .trimEnd()}…`
}

/** The name, or what stands in for it where nothing of it can be seen. */
export function shownName(name: string | undefined, otherwise: string): string {
  const clean = shown(name ?? '')
  return /[\p{L}\p{N}\p{S}]/u.test(clean.replaceAll('\ufffd', '')) ? clean : shown(otherwise)
}

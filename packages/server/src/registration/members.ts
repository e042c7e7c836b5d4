/** Reads single members of client metadata: absent, good, or a fault that names the member. */
import { refuse } from './fault.ts'

/** Client metadata as it was sent. Attacker-controlled. */
export type Metadata = Readonly<Record<string, unknown>>

const MAX_TEXT = 2000
const MAX_ITEMS = 20

/** RFC 7591 §2: null is the same as absent. */
const isGiven = (value: unknown): boolean => value !== undefined && value !== null

/** A text on one line, without characters that turn around what stands beside it. */
export function text(metadata: Metadata, name: string, maxLength = MAX_TEXT): string | undefined {
  const value = metadata[name]
  if (!isGiven(value)) return undefined
  const good =
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= maxLength &&
    !/[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(value)
  return good ? value : refuse(`${name} is not a text of 1 to ${maxLength} characters on one line.`)
}

/** Some texts. */
export function texts(metadata: Metadata, name: string): readonly string[] | undefined {
  const value = metadata[name]
  if (!isGiven(value)) return undefined
  if (!Array.isArray(value) || value.length > MAX_ITEMS) {
    return refuse(`${name} is not a list of at most ${MAX_ITEMS} texts.`)
  }
  const items: readonly unknown[] = value
  return items.map((item) => text({ [name]: item }, name) ?? refuse(`${name} holds null.`))
}

/** Yes or no; no where it is absent. */
export function flag(metadata: Metadata, name: string): boolean {
  const value = metadata[name]
  if (!isGiven(value)) return false
  return typeof value === 'boolean' ? value : refuse(`${name} is not true or false.`)
}

/** One of some words. */
export function word<T extends string>(
  metadata: Metadata,
  name: string,
  words: readonly T[],
): T | undefined {
  const value = text(metadata, name)
  if (value === undefined) return undefined
  return words.find((known) => known === value) ?? refuse(`${name} has a value that is not taken.`)
}

/** What happens to words that are not taken here: a document that is read by many names some. */
export type Strange = 'refuse' | 'drop'

/** Several of some words. */
export const wordsOf = <T extends string>(
  metadata: Metadata,
  name: string,
  { words, others }: { readonly words: readonly T[]; readonly others: Strange },
): readonly T[] | undefined =>
  texts(metadata, name)?.flatMap((value) => {
    const known = words.filter((each) => each === value)
    return known.length > 0 || others === 'drop'
      ? known
      : refuse(`${name} holds a value that is not taken.`)
  })

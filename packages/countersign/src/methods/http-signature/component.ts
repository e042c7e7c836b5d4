import { serializeItem, type Item } from 'structured-headers'
import { readItem } from './fields.ts'

/** A component identifier: what a line of the signature base speaks of. */
export interface Component {
  /** A lower-case field name, or a derived component with its `@`. */
  readonly name: string
  readonly parameters: ReadonlyMap<string, unknown>
  /** As it stands in the signature base, its parameters in the order they came. */
  readonly text: string
  /** What its line of the signature base begins with, after the end of the line before. */
  readonly lead: string
  /** The same for every order of the parameters: what identifiers are compared by. */
  readonly id: string
}

/** Names that need no escape: nearly all. */
const PLAIN_NAME = /^@?[a-z0-9-]+$/

/** Reads a member of the list of covered components; undefined when it is no string. */
export function toComponent([name, parameters]: Item): Component | undefined {
  if (typeof name !== 'string') return undefined
  if (parameters.size === 0 && PLAIN_NAME.test(name)) {
    const text = `"${name}"`
    return { name, parameters, text, lead: leadOf(text), id: text }
  }
  const ordered = [...parameters].toSorted(([left], [right]) => (left < right ? -1 : 1))
  const text = serializeItem([name, parameters])
  return {
    name,
    parameters,
    text,
    lead: leadOf(text),
    id: serializeItem([name, new Map(ordered)]),
  }
}

/** Made once a component: with it a line of the base is two pieces of text, and not four. */
const leadOf = (text: string): string => `\n${text}: `

/**
 * Reads an identifier as options spell it: `@method`, `content-type`,
 * `@query-param;name="id"`. Undefined for what is none.
 */
export function parseComponent(text: string): Component | undefined {
  const end = text.indexOf(';')
  const name = end < 0 ? text : text.slice(0, end)
  const item = readItem(`"${name}"${end < 0 ? '' : text.slice(end)}`)
  return item === undefined ? undefined : toComponent(item)
}

/** What a catalogue is: all keys of English, in another language. */
import type { EN } from './en.ts'

/** The name of a message. */
export type MessageKey = keyof typeof EN

/** A message that depends on a number: the plural forms of CLDR that the language has. */
export type Plural = Readonly<Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }>

type MessageOf<M> = M extends string ? string : Plural

/** All messages; one that is missing is a type error. */
export type Messages = Readonly<{ [K in MessageKey]: MessageOf<(typeof EN)[K]> }>

/** The pages in one language. Operators pass their own to `resolveLook`. */
export interface Catalogue {
  /** BCP 47 tag: `de`, `pt-BR`. */
  readonly locale: string
  readonly direction: 'ltr' | 'rtl'
  readonly messages: Messages
}

type Placeholders<T extends string> = T extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never

type TextOf<M> = M extends string ? M : M[keyof M] & string

/** The values that a message has places for. */
export type ValueNames<K extends MessageKey> = Placeholders<TextOf<(typeof EN)[K]>>

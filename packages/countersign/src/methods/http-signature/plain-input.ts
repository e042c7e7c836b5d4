import { LruCache } from '../../core/lru.ts'
import type { SignatureInput } from './base.ts'
import { toComponent, type Component } from './component.ts'
import { noParameters, SIGNATURE_BOUNDS, type SignatureParameters } from './parameters.ts'

/**
 * The form that nearly every signer sends: one label, components without parameters, the parameters
 * of RFC 9421 once each, all written the one strict way. It is its own serialization, so that nothing
 * needs to be written again. Anything else is for the parser.
 */
const HEAD = /^([a-z*][a-z0-9_\-.*]*)=\(("@?[a-z0-9-]+"(?: "@?[a-z0-9-]+")*)\)$/
const INTEGER = /^(?:0|[1-9][0-9]{0,14})$/
const TEXT = /^"[ !#-[\]-~]*"$/

/** A signature's input without its signature. */
export interface PlainInput extends SignatureInput {
  readonly label: string
  readonly parameters: SignatureParameters
}

type Head = Pick<PlainInput, 'label' | 'components'>

/** Label and list by their text: a signer sends the same ones every time. */
const heads = new LruCache<string, Head>(1000)

/** Reads the usual form of `Signature-Input`; undefined for any other one, good or bad. */
export function readPlain(values: readonly string[]): PlainInput | undefined {
  const [value = ''] = values
  if (values.length !== 1) return undefined
  const end = value.indexOf(')') + 1
  const head = readHead(value.slice(0, end))
  const parameters = head === undefined ? undefined : readParameters(value, end)
  if (head === undefined || parameters === undefined) return undefined
  const { label, components } = head
  return { label, components, parameters, input: value.slice(label.length + 1) }
}

function readHead(text: string): Head | undefined {
  const known = heads.peek(text)
  if (known !== undefined) return known
  const [, label, list] = HEAD.exec(text) ?? []
  if (label === undefined || list === undefined) return undefined
  const names = list.slice(1, -1).split('" "')
  if (names.length > SIGNATURE_BOUNDS.components) return undefined
  const components = names.flatMap((name): readonly Component[] => {
    const component = toComponent([name, new Map()])
    return component === undefined ? [] : [component]
  })
  const head = { label, components }
  heads.set(text, head)
  return head
}

type Draft = { -readonly [Name in keyof SignatureParameters]: SignatureParameters[Name] }

const MEMBERS: ReadonlyMap<string, keyof SignatureParameters> = new Map([
  [';created', 'created'],
  [';expires', 'expires'],
  [';nonce', 'nonce'],
  [';alg', 'alg'],
  [';keyid', 'keyId'],
  [';tag', 'tag'],
])

/** Reads `;name=value` up to the end. One that comes twice is for the parser: the last would count. */
function readParameters(value: string, start: number): SignatureParameters | undefined {
  const found: Draft = noParameters()
  for (let at = start; at < value.length; ) {
    const equals = value.indexOf('=', at)
    const member = MEMBERS.get(value.slice(at, equals))
    if (equals < 0 || member === undefined || found[member] !== undefined) return undefined
    if (member === 'created' || member === 'expires') {
      const next = value.indexOf(';', equals)
      const text = value.slice(equals + 1, next < 0 ? value.length : next)
      if (!INTEGER.test(text)) return undefined
      found[member] = Number(text)
      at = equals + 1 + text.length
    } else {
      const text = value.slice(equals + 1, value.indexOf('"', equals + 2) + 1)
      if (!TEXT.test(text) || text.length - 2 > SIGNATURE_BOUNDS.parameterCharacters)
        return undefined
      found[member] = text.slice(1, -1)
      at = equals + 1 + text.length
    }
  }
  return found
}

import { LruCache } from '../../core/lru.ts'
import type { SignatureInput } from './base.ts'
import { toComponent, type Component } from './component.ts'
import { readParameters, SIGNATURE_BOUNDS, type SignatureParameters } from './parameters.ts'

/**
 * The form that nearly every signer sends: one label, components without parameters, the parameters
 * of RFC 9421, all written the one strict way. It is its own serialization, so that nothing needs to
 * be written again. Anything else is for the parser.
 */
const PLAIN =
  /^([a-z*][a-z0-9_\-.*]*)=(\(("@?[a-z0-9-]+"(?: "@?[a-z0-9-]+")*)\)((?:;[a-z]+=(?:0|[1-9][0-9]{0,14}|"[ !#-[\]-~]*"))+))$/
const PARAMETER = /;([a-z]+)=(?:([0-9]+)|"([^"]*)")/g

/** Lists of components by their text: a signer sends the same one every time. */
const lists = new LruCache<string, readonly Component[]>(1000)

/** A signature's input without its signature. */
export interface PlainInput extends SignatureInput {
  readonly label: string
  readonly parameters: SignatureParameters
}

/** Reads the usual form of `Signature-Input`; undefined for any other one, good or bad. */
export function readPlain(values: readonly string[]): PlainInput | undefined {
  if (values.length !== 1) return undefined
  const [, label, input, list, rest] = PLAIN.exec(values[0] ?? '') ?? []
  if (label === undefined || input === undefined || list === undefined || rest === undefined)
    return undefined
  const components = componentsOf(list)
  if (components.length > SIGNATURE_BOUNDS.components) return undefined
  const found = new Map<string, unknown>()
  for (const [, name = '', integer, text] of rest.matchAll(PARAMETER)) {
    // The last of two would count, and only it be written: for the parser.
    if (found.has(name)) return undefined
    found.set(name, integer === undefined ? text : Number(integer))
  }
  const parameters = readParameters(found)
  return parameters === undefined ? undefined : { label, input, components, parameters }
}

function componentsOf(list: string): readonly Component[] {
  const known = lists.get(list)
  if (known !== undefined) return known
  const names = list.slice(1, -1).split('" "')
  const components = names.flatMap((name) => toComponent([name, new Map()]) ?? [])
  if (components.length <= SIGNATURE_BOUNDS.components) lists.set(list, components)
  return components
}

import { serializeDictionary, type BareItem, type Item } from 'structured-headers'
import type { ResolvedHttpSignature } from './policy.ts'

/**
 * What `Accept-Signature` asks of a client: the components and parameters that the policy needs, so
 * that it need not guess. `content-digest` is asked for where a body is.
 *
 * @see [RFC 9421 §5.1](https://www.rfc-editor.org/rfc/rfc9421#section-5.1)
 */
export function acceptSignature({
  required,
  labels,
  tag,
  bodyBound,
  replay,
  profile,
}: ResolvedHttpSignature): string {
  const digest: readonly Item[] = bodyBound ? [['content-digest', new Map()]] : []
  const items: Item[] = [
    ...required.map(({ name, parameters }): Item => [name, toParameters(parameters)]),
    ...digest,
    ...(profile?.asks ?? []),
  ]
  const parameters = new Map<string, BareItem>([
    ['created', true],
    ['keyid', true],
  ])
  if (profile !== undefined) parameters.set('expires', true)
  if (replay !== undefined) parameters.set('nonce', true)
  if (tag !== undefined) parameters.set('tag', tag)
  const names = labels ?? ['sig1']
  return serializeDictionary(new Map(names.map((label) => [label, [items, parameters]])))
}

/** Components were read by the parser: their parameters are what it makes. */
const toParameters = (parameters: ReadonlyMap<string, unknown>): Map<string, BareItem> =>
  new Map(parameters as ReadonlyMap<string, BareItem>) // see above

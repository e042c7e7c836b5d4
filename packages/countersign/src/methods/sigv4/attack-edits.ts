/** What is changed in a signed request to make an attack of it. */
import type { Attack } from '../../core/attack.ts'
import type { ReasonCode } from '../../core/reasons.ts'
import type { Field } from '../../core/field.ts'
import type { SigV4Request } from './sign.ts'

/** A signed request as parts of an attack. */
export type SignedParts = Pick<Attack, 'headers' | 'method' | 'target' | 'authority'> &
  Pick<SigV4Request, 'body'>

/** Makes an attack of a signed request. */
export const attack = (name: string, reason: ReasonCode, parts: SignedParts): Attack => ({
  name,
  requirement: 'SR-108',
  ...parts,
  reason,
})

/** The same request with one field changed, by name. */
export const withField = (
  parts: SignedParts,
  name: string,
  change: (value: string) => string,
): SignedParts => ({
  ...parts,
  headers: parts.headers.map(
    ([field, value]): Field => [field, field === name ? change(value) : value],
  ),
})

/** Takes a name out of the list of signed headers. */
export const drop = (parts: SignedParts, name: string): SignedParts =>
  withField(parts, 'authorization', (value) =>
    value.replace(new RegExp(`(=|;)${name};?`), '$1').replace(/;,/, ','),
  )

import { err, ok, type Result } from '../../core/result.ts'
import type { Component } from './component.ts'
import { componentValue, type ComponentContext } from './components.ts'
import type { SignedMessage } from './message.ts'

/** What goes wrong with a covered component. */
export interface ComponentProblem {
  /** The identifier as it was sent. */
  readonly component: string
  /** In words, for the operator. */
  readonly problem: string
}

/** What a signature is made over: the components and its own parameters, as the field has them. */
export interface SignatureInput {
  readonly components: readonly Component[]
  /** The member of Signature-Input, written the one strict way (RFC 9421 §2.3). */
  readonly input: string
}

/**
 * Builds the signature base: one line a component, then the parameters. Each line is
 * unambiguous because no value holds a line break.
 *
 * @returns the base, ASCII, or the first component that has no value.
 * @see [RFC 9421 §2.5](https://www.rfc-editor.org/rfc/rfc9421#section-2.5)
 */
export function signatureBase(
  message: SignedMessage,
  { components, input }: SignatureInput,
  context: ComponentContext,
): Result<string, ComponentProblem> {
  let lines = ''
  for (const [index, component] of components.entries()) {
    const { text, lead } = component
    if (isRepeated(components, index)) return err({ component: text, problem: 'covered twice' })
    const value = componentValue(message, component, context)
    if (!value.ok) return err({ component: text, problem: value.error })
    lines += lead
    lines += value.value
  }
  return ok(`${lines}\n"@signature-params": ${input}`.slice(1))
}

/** The lists are short: comparing costs less than a set of them. */
function isRepeated(components: readonly Component[], index: number): boolean {
  const id = components[index]?.id
  for (let before = 0; before < index; before += 1) if (components[before]?.id === id) return true
  return false
}

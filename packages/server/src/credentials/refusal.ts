import type { Result } from 'countersign'

/** Why an operation of the registry was not done. Texts are for the caller: no secret, no stack. */
export interface Refusal {
  /**
   * `not-found`: nothing by that name in the caller's tenant. `conflict`: its state forbids it.
   * `invalid`: the input cannot be meant. `forbidden`: the actor would hand out more than it holds.
   */
  readonly kind: 'not-found' | 'conflict' | 'invalid' | 'forbidden'
  readonly message: string
  /** RFC 6901 pointer to the offending member of the input: `/scopes/0`. */
  readonly pointer?: string
}

/** What an operation of the registry answers. */
export type Outcome<T> = Promise<Result<T, Refusal>>

/** A refusal as a failed result. */
export type Refused = { readonly ok: false; readonly error: Refusal }

/** Nothing by that name. Another tenant's id answers exactly the same. */
export const notFound = (what: string): Refused => ({
  ok: false,
  error: { kind: 'not-found', message: `No such ${what}.` },
})

/** The state of the subject forbids the operation. */
export const conflict = (message: string): Refused => ({
  ok: false,
  error: { kind: 'conflict', message },
})

/** The input cannot be meant; `pointer` names the member, `message` what to write instead. */
export const invalid = (pointer: string, message: string): Refused => ({
  ok: false,
  error: { kind: 'invalid', pointer, message },
})

/** The actor may not do this to this subject. */
export const forbidden = (message: string): Refused => ({
  ok: false,
  error: { kind: 'forbidden', message },
})

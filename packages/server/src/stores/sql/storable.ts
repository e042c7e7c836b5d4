import { UnstorableTextError } from '../../model/errors.ts'

/**
 * Refuses text with a NUL, which PostgreSQL cannot hold and which means nothing in a name or an id:
 * on every database, so that moving an installation changes no answer.
 *
 * @throws an `UnstorableTextError`.
 */
export function assertStorable(parameters: readonly unknown[]): void {
  for (const parameter of parameters) {
    if (typeof parameter === 'string' && parameter.includes('\0')) throw new UnstorableTextError()
  }
}

import { err, ok, type Result } from 'countersign'
import type { z } from 'zod'
import { inputErrors, invalidInput, type InputError } from './problems.ts'

/**
 * Reads the query of a request by a schema. A name that comes twice is refused: which of the two
 * counts would be a guess. A route without a schema takes no query at all.
 */
export function readQuery(
  request: Request,
  schema: z.ZodObject | undefined,
): Result<unknown, Response> {
  const entries = [...new URL(request.url).searchParams]
  const twice = entries.find(([name], index) => entries.findIndex(([n]) => n === name) !== index)
  if (twice !== undefined) return refuse(twice[0], 'Send it once.')
  if (schema === undefined) {
    const [first] = entries
    return first === undefined ? ok({}) : refuse(first[0], 'There is no such parameter.')
  }
  const parsed = schema.safeParse(Object.fromEntries(entries))
  return parsed.success ? ok(parsed.data) : err(invalidInput(inputErrors(parsed.error, '?')))
}

function refuse(name: string, detail: string): Result<unknown, Response> {
  const error: InputError = { pointer: `?${name.slice(0, 64)}`, detail }
  return err(invalidInput([error]))
}

import type { Answer } from '../core/response.ts'
import type { NodeResponse } from './node-message.ts'

/**
 * The fields of an answer by name: a name that comes twice (one challenge a scheme) has a list.
 */
export function fieldsOf({ headers }: Answer): Map<string, string | string[]> {
  const fields = new Map<string, string | string[]>()
  for (const [name, value] of headers) {
    const known = fields.get(name)
    fields.set(name, known === undefined ? value : [known, value].flat())
  }
  return fields
}

/**
 * Writes an answer to a Node response. Headers that earlier layers set, CORS above all, stay.
 *
 * An unread request body needs no care here: Node reads the rest away before it parses the next
 * request of the connection.
 */
export function writeAnswer(response: NodeResponse, answer: Answer): void {
  response.statusCode = answer.status
  for (const [name, value] of fieldsOf(answer)) response.setHeader(name, value)
  if (answer.body === '') {
    response.end()
    return
  }
  // Bodies are ASCII, so characters are bytes. Set by hand, because Node leaves it off for HEAD.
  response.setHeader('content-length', String(answer.body.length))
  response.end(answer.body)
}

/** Reports whether the client left: its answer has nowhere to go, and its handler no reason to run. */
export const isGone = ({ destroyed, socket, stream }: NodeResponse): boolean =>
  destroyed === true || socket?.destroyed === true || stream?.destroyed === true

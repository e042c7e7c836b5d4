import type { Ledger, Subject } from './ledger.ts'
import type { Node } from './node.ts'

/** What a call came to. Undefined: nobody knows whether it was done. */
export interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** One call to a node. */
export interface Call {
  readonly operation: string
  readonly method?: string
  readonly path: string
  readonly form?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly key?: string
}

const TIMEOUT_MS = 4000
const HTTP_UNAVAILABLE = 503

/** Calls a node; a refused connection, silence and 503 are all undefined. Any other 5xx is a bug. */
export async function call(
  ledger: Ledger,
  node: Pick<Node, 'url' | 'name'>,
  given: Call,
): Promise<Answer | undefined> {
  const started = performance.now()
  const answer = await send(node, given)
  const is = answer !== undefined && answer.status !== HTTP_UNAVAILABLE
  ledger.count(answer === undefined ? 'no answer' : is ? 'answered' : '503')
  ledger.available(is)
  if (answer === undefined || !is) return undefined
  ledger.took(given.operation, performance.now() - started)
  const subject: Subject = { name: `${given.operation} at ${node.name}`, history: [] }
  ledger.check('no 5xx but 503', answer.status < 500, subject, () => JSON.stringify(answer))
  return answer
}

async function send(
  { url }: Pick<Node, 'url'>,
  { method = 'POST', path, form, json, key }: Call,
): Promise<Answer | undefined> {
  const body =
    form === undefined
      ? json === undefined
        ? undefined
        : JSON.stringify(json)
      : new URLSearchParams(form)
  try {
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const text = await response.text()
    // A JSON object begins with a brace.
    const parsed = text.startsWith('{') ? (JSON.parse(text) as Answer['body']) : {}
    return { status: response.status, body: parsed }
  } catch {
    return undefined
  }
}

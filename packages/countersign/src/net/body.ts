import { readChunks } from '../core/chunks.ts'
import { err, ok } from '../core/result.ts'
import type { FetchFailure, FetchOutcome } from './seam.ts'

const failure = (kind: FetchFailure['kind'], message: string): FetchOutcome =>
  err({ kind, message })

/** What an answer's status means, before its body is read; undefined when the body matters. */
export function refusedStatus(status: number): FetchOutcome | undefined {
  return status >= 200 && status <= 299 ? undefined : failure('status', `answered ${status}`)
}

/** Reads a body up to `maxBytes`, however it was announced, and parses it. */
export async function readJson(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<FetchOutcome> {
  const bytes = await readChunks(chunks, maxBytes)
  if (bytes === undefined)
    return failure('too-large', `the answer is larger than ${maxBytes} bytes`)
  return parse(bytes)
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function parse(bytes: Uint8Array): FetchOutcome {
  try {
    const value: unknown = JSON.parse(utf8.decode(bytes))
    return ok(value)
  } catch {
    return failure('not-json', 'the answer is not JSON in UTF-8')
  }
}

/** Names what went wrong on the way: the deadline, or the network. */
export function networkFailure(
  error: unknown,
  timeoutMs: number,
  { aborted }: AbortSignal,
): FetchOutcome {
  if (aborted) return failure('timeout', `no complete answer within ${timeoutMs} ms`)
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'network error'
  return failure('unreachable', code)
}

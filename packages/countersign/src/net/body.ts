import { readChunks } from '../core/chunks.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { DocumentOutcome, FetchedDocument } from './document.ts'
import type { FetchFailure, FetchOutcome } from './seam.ts'

const failure = (kind: FetchFailure['kind'], message: string): Result<never, FetchFailure> =>
  err({ kind, message })

/** What an answer's status means, before its body is read; undefined when the body matters. */
export function refusedStatus(status: number): FetchOutcome | undefined {
  if (status >= 200 && status <= 299) return undefined
  return err({ kind: 'status', message: `answered ${status}`, status })
}

/** Reads a body up to `maxBytes`, however it was announced, and parses it. */
export async function readJson(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<FetchOutcome> {
  const bytes = await readChunks(chunks, maxBytes)
  return bytes === undefined ? tooLarge(maxBytes) : parse(bytes)
}

const tooLarge = (maxBytes: number): Result<never, FetchFailure> =>
  failure('too-large', `the answer is larger than ${maxBytes} bytes`)

/** An answer whose body has not been read. */
export interface OpenAnswer {
  readonly status: number
  readonly header: FetchedDocument['header']
  readonly chunks: AsyncIterable<Uint8Array>
}

/** Reads a document up to `maxBytes`. A redirect is named for what it is; nobody follows it. */
export async function readDocument(
  { status, header, chunks }: OpenAnswer,
  maxBytes: number,
): Promise<DocumentOutcome> {
  if (status >= 300 && status <= 399) return failure('redirect', 'redirects')
  if (status !== 200) return err({ kind: 'status', message: `answered ${status}`, status })
  const body = await readChunks(chunks, maxBytes)
  return body === undefined ? tooLarge(maxBytes) : ok({ header, body })
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
): Result<never, FetchFailure> {
  if (aborted) return failure('timeout', `no complete answer within ${timeoutMs} ms`)
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'network error'
  return failure('unreachable', code)
}

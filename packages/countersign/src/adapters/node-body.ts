import { nextTick } from 'node:process'
import { BodyConsumedError } from '../core/errors.ts'
import type { BodyBytes } from '../core/request.ts'
import { err, ok } from '../core/result.ts'

/** What is used of the stream side of a Node request. */
export interface NodeBody {
  /** True once something took bytes out of it. */
  readonly readableDidRead?: boolean
  readonly readableEnded?: boolean
  readonly complete?: boolean
  /** The stream beneath, of `node:http2`. */
  readonly stream?: { readonly readableEnded?: boolean }
  /** Bytes that came and were not read. */
  readonly readableLength?: number
  readonly httpVersionMajor?: number
  readonly headers?: Readonly<Record<string, string | string[] | undefined>>
  readonly destroyed?: boolean
  read(size?: number): Uint8Array | string | null
  unshift(chunk: Uint8Array): void
  on(event: 'readable' | 'close' | 'error', listener: () => void): unknown
  off(event: 'readable' | 'close' | 'error', listener: () => void): unknown
  /** Where body parsers of Express and its relatives leave what they made. */
  readonly body?: unknown
}

const NOTHING: BodyBytes = ok(new Uint8Array(0))

/**
 * Reads a whole Node request body, and puts it back for whoever reads next: a body parser, a proxy,
 * the handler. Buffered bytes are unshifted in the same turn in which the end was seen, before the
 * stream has told anybody that it ended.
 *
 * @throws {@link BodyConsumedError} when something has read from the stream before.
 */
export function readNodeBody(stream: NodeBody, maxBytes: number): Promise<BodyBytes> {
  if (stream.readableDidRead === true || stream.body !== undefined) {
    return Promise.reject(new BodyConsumedError(readerOf(stream)))
  }
  if (isEmpty(stream)) return Promise.resolve(NOTHING)
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = []
    let size = 0
    const leave = (): void => {
      stream.off('readable', take)
      stream.off('close', cut)
      stream.off('error', cut)
    }
    const finish = (outcome: BodyBytes): void => {
      leave()
      resolve(outcome)
    }
    const cut = (): void => finish(err('request.body-incomplete'))
    const take = (): void => {
      if (size === 0 && isEmpty(stream)) {
        leave()
        return holdEnd(stream, () => resolve(NOTHING))
      }
      for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) {
        const bytes = typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk
        size += bytes.length
        if (size > maxBytes) return finish(err('request.body-too-large'))
        chunks.push(bytes)
      }
      if (!isComplete(stream)) return
      const whole = join(chunks, size)
      if (size > 0) stream.unshift(whole)
      finish(size > 0 ? ok(whole) : NOTHING)
    }
    stream.on('close', cut)
    stream.on('error', cut)
    stream.on('readable', take)
  })
}

/**
 * Nothing came, and nothing will. Such a stream is left alone: to read it is to end it, and a handler
 * that listens for its end afterwards waits for ever. The head of an HTTP/1 request says it before
 * the parser does (RFC 9112 §6.3).
 */
const isEmpty = (stream: NodeBody): boolean =>
  stream.readableLength === 0 && (isComplete(stream) || hasNoBody(stream))

/** Everything came. `complete` of `node:http2` only says so once the end was told. */
const isComplete = ({ complete, stream }: NodeBody): boolean =>
  complete === true || stream?.readableEnded === true

/**
 * Keeps an empty stream from telling its end before the handler listens for it. To watch a stream
 * makes it look for its end in the next turn, and what holds a byte then is not at its end. The byte
 * is taken out by a read of just that byte, which does not look further.
 */
function holdEnd(stream: NodeBody, then: () => void): void {
  stream.unshift(Uint8Array.of(0))
  nextTick(() => {
    stream.read(1)
    then()
  })
}

function hasNoBody({ headers, httpVersionMajor }: NodeBody): boolean {
  if (headers === undefined || httpVersionMajor !== 1) return false
  const length = headers['content-length'] ?? '0'
  return headers['transfer-encoding'] === undefined && length === '0'
}

function join(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const [only] = chunks
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, size)
}

/** The best guess at what to name in the error: parsers leave traces of their kind. */
function readerOf({ body }: NodeBody): string {
  if (Buffer.isBuffer(body)) return 'express.raw() or another parser of raw bodies'
  if (typeof body === 'string') return 'express.text() or another parser of texts'
  if (body !== undefined) return 'express.json(), urlencoded() or another body parser'
  return 'a middleware or listener that reads the request stream'
}

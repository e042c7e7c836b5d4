/** `aws-chunked`: a body in chunks, each with a signature. Reads it; verifies nothing. */
import { err, ok, type Result } from '../../core/result.ts'

/** One chunk; the last one is empty. */
export interface AwsChunk {
  readonly data: Uint8Array
  readonly signature: string
}

/** A body in chunks, read but not verified. */
export interface AwsChunked {
  readonly chunks: readonly AwsChunk[]
  /** Trailer fields in the order of the wire, their names in lower case. */
  readonly trailers: readonly (readonly [name: string, value: string])[]
  /** Undefined without a trailer. */
  readonly trailerSignature: string | undefined
}

const HEAD = /^(0|[1-9a-f][0-9a-f]{0,7});chunk-signature=([0-9a-f]{64})$/i
const TRAILER = /^([!#$%&'*+\-.^_`|~0-9a-z]{1,64}):([\t\x20-\x7e]{0,1024})$/
const TRAILER_SIGNATURE = 'x-amz-trailer-signature'
const MAX_LINE = 1100
const latin1 = new TextDecoder('latin1')

/**
 * Reads a body in chunks, to its last byte: what stands behind the end is an error.
 *
 * @param body - Attacker-controlled; its size was bounded before.
 * @param hasTrailer - Whether a trailer must follow (`-TRAILER`), or must not.
 */
export function parseAwsChunked(
  body: Uint8Array,
  hasTrailer: boolean,
): Result<AwsChunked, 'sigv4.chunks-malformed'> {
  const chunks: AwsChunk[] = []
  let at = 0
  for (;;) {
    const line = lineAt(body, at)
    const [, size = '', signature = ''] = HEAD.exec(line ?? '') ?? []
    if (line === undefined || size === '') return MALFORMED
    const start = at + line.length + 2
    const end = start + Number.parseInt(size, 16)
    if (size === '0') {
      chunks.push({ data: body.subarray(start, start), signature })
      return endOf(body, start, { chunks, hasTrailer })
    }
    if (!isLineEnd(body, end)) return MALFORMED
    chunks.push({ data: body.subarray(start, end), signature })
    at = end + 2
  }
}

const MALFORMED = err('sigv4.chunks-malformed' as const)

function endOf(
  body: Uint8Array,
  start: number,
  { chunks, hasTrailer }: { readonly chunks: readonly AwsChunk[]; readonly hasTrailer: boolean },
): Result<AwsChunked, 'sigv4.chunks-malformed'> {
  const trailers: [string, string][] = []
  let at = start
  for (let line = lineAt(body, at); line !== ''; line = lineAt(body, at)) {
    const [, name, value = ''] = TRAILER.exec(line ?? '') ?? []
    if (line === undefined || name === undefined) return MALFORMED
    trailers.push([name, value])
    at += line.length + 2
  }
  const last = hasTrailer ? trailers.pop() : undefined
  const signed = hasTrailer ? last?.[0] === TRAILER_SIGNATURE : trailers.length === 0
  if (!signed || at + 2 !== body.length) return MALFORMED
  return ok({ chunks, trailers, trailerSignature: last?.[1].trim() })
}

/** The text up to the next CRLF; undefined without one in reach. */
function lineAt(body: Uint8Array, at: number): string | undefined {
  for (let end = at; end < at + MAX_LINE && end + 1 < body.length; end += 1) {
    if (isLineEnd(body, end)) return latin1.decode(body.subarray(at, end))
  }
  return undefined
}

const isLineEnd = (body: Uint8Array, at: number): boolean =>
  body[at] === 0x0d && body[at + 1] === 0x0a

/**
 * Joins the data of a body in chunks, for the handler: what it reads is what came over the wire.
 * Verifies nothing: the guard did.
 *
 * @returns undefined for a body that is not in this form.
 */
export function decodeAwsChunked(body: Uint8Array): Uint8Array | undefined {
  const plain = parseAwsChunked(body, false)
  const parsed = plain.ok ? plain : parseAwsChunked(body, true)
  if (!parsed.ok) return undefined
  const { chunks } = parsed.value
  const whole = new Uint8Array(decodedLength(parsed.value))
  let at = 0
  for (const { data } of chunks) {
    whole.set(data, at)
    at += data.length
  }
  return whole
}

/** Bytes of data in a body in chunks. */
export const decodedLength = ({ chunks }: AwsChunked): number =>
  chunks.reduce((sum, { data }) => sum + data.length, 0)

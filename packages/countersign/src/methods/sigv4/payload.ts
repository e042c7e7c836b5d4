import { digest } from '#crypto'
import { map, type MaybePromise } from '../../core/maybe.ts'
import type { Attempt } from '../../core/method.ts'
import { rejected, type Rejected } from '../../core/verdict.ts'
import { verifyChunks, type ChunkChain } from './chunk-chain.ts'
import { decodedLength, parseAwsChunked } from './chunks.ts'
import type { ResolvedSigV4 } from './options.ts'
import type { Presented } from './presented.ts'
import type { ResolvedService } from './service.ts'

/** What a signature says about the body. */
export type Payload =
  /** Nothing beside the signature: the digest of what came is part of what was signed. */
  | { readonly kind: 'implied' }
  | { readonly kind: 'digest'; readonly literal: string }
  | { readonly kind: 'chunked'; readonly literal: string; readonly hasTrailer: boolean }
  | { readonly kind: 'unsigned'; readonly literal: string }

const UNSIGNED = 'UNSIGNED-PAYLOAD'
const CHUNKED = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'
const DIGEST_LENGTH = 64
const HEXADECIMAL = /^[0-9a-f]+$/

/** Reads what stands for the body, or the rejection: a body that nobody signed needs permission. */
export function readPayload(
  policy: ResolvedSigV4,
  { trace }: Attempt,
  { presented, service }: { readonly presented: Presented; readonly service: ResolvedService },
): Payload | Rejected {
  const payload = classify(presented, service)
  trace?.check('sigv4.payload-form', payload !== undefined)
  if (payload === undefined) return rejected('sigv4.malformed')
  const allowed = payload.kind !== 'unsigned' || policy.allowsUnsigned
  trace?.check('sigv4.payload-signed', allowed, undefined, payload.kind)
  return allowed ? payload : rejected('sigv4.payload-unsigned')
}

function classify(
  { payload: literal, form }: Presented,
  { presignedUnsigned }: ResolvedService,
): Payload | undefined {
  if (literal === undefined) {
    return form === 'presigned' && presignedUnsigned
      ? { kind: 'unsigned', literal: UNSIGNED }
      : { kind: 'implied' }
  }
  if (literal.length === DIGEST_LENGTH && HEXADECIMAL.test(literal))
    return { kind: 'digest', literal }
  if (literal === CHUNKED) return { kind: 'chunked', literal, hasTrailer: false }
  if (literal === `${CHUNKED}-TRAILER`) return { kind: 'chunked', literal, hasTrailer: true }
  // A trailer that is not signed vouches for nothing: its body is unsigned, too.
  if (literal === UNSIGNED || literal === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') {
    return { kind: 'unsigned', literal }
  }
  return undefined
}

/** The last line of the canonical request; reads the body only where the request does not say. */
export function payloadLine(
  payload: Payload,
  attempt: Attempt,
  maxBodyBytes: number,
): MaybePromise<string | Rejected> {
  if (payload.kind !== 'implied') return payload.literal
  return map(attempt.view.body(maxBodyBytes), (body) =>
    body.ok ? digest('sha256', body.value, 'hex') : rejected(body.error),
  )
}

/**
 * Compares the body as received with what was signed. Only after the signature was found good:
 * nobody else makes us read a body.
 *
 * @returns the rejection, or undefined when the body is the signed one.
 */
export function checkBody(
  payload: Payload,
  attempt: Attempt,
  { chain, maxBodyBytes }: { readonly chain: ChunkChain; readonly maxBodyBytes: number },
): MaybePromise<Rejected | undefined> {
  if (payload.kind === 'implied' || payload.kind === 'unsigned') return undefined
  return map(attempt.view.body(maxBodyBytes), (body) => {
    if (!body.ok) return rejected(body.error)
    return payload.kind === 'digest'
      ? checkDigest(payload.literal, body.value, attempt)
      : checkChunks(payload.hasTrailer, body.value, { attempt, chain })
  })
}

const checkDigest = (
  literal: string,
  body: Uint8Array,
  { trace }: Attempt,
): MaybePromise<Rejected | undefined> =>
  map(digest('sha256', body, 'hex'), (actual) => {
    // No secret: who sent the body can hash it.
    const same = actual === literal
    trace?.check('sigv4.body', same)
    return same ? undefined : rejected('sigv4.body-mismatch')
  })

function checkChunks(
  hasTrailer: boolean,
  body: Uint8Array,
  { attempt, chain }: { readonly attempt: Attempt; readonly chain: ChunkChain },
): MaybePromise<Rejected | undefined> {
  const { trace, view } = attempt
  const parsed = parseAwsChunked(body, hasTrailer)
  const [length] = view.header('x-amz-decoded-content-length')
  const fits =
    parsed.ok &&
    length === String(decodedLength(parsed.value)) &&
    sameNames(
      view.header('x-amz-trailer'),
      parsed.value.trailers.map(([name]) => name),
    )
  trace?.check('sigv4.chunks', fits, length)
  if (!fits) return rejected('sigv4.chunks-malformed')
  return map(verifyChunks(chain, parsed.value), (unbroken) => {
    trace?.check('sigv4.chunk-chain', unbroken)
    return unbroken ? undefined : rejected('sigv4.chunk-mismatch')
  })
}

/** The trailers that came are the announced ones: an announcement is signed, an addition is not. */
function sameNames(announced: readonly string[], names: readonly string[]): boolean {
  const expected = announced
    .flatMap((value) => value.split(','))
    .map((name) => name.trim().toLowerCase())
  return expected.toSorted().join() === names.toSorted().join()
}

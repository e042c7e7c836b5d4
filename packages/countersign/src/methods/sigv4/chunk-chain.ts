/** The signatures of `aws-chunked`: each covers the one before it, the first that of the request. */
import { digest, mac } from '#crypto'
import { equalDigests } from '../../core/constant-time.ts'
import { map, type MaybePromise } from '../../core/maybe.ts'
import type { MacKey } from '../../crypto/seam.ts'
import { canonicalValue } from './canonical.ts'
import type { AwsChunked } from './chunks.ts'
import { serializeScope, type SigV4Scope } from './scope.ts'

/** What a chain of chunks hangs on. */
export interface ChunkChain {
  readonly key: MacKey
  readonly amzDate: string
  readonly scope: SigV4Scope
  /** The signature of the request. */
  readonly seed: string
}

/** SHA-256 of nothing: chunks have no headers of their own. */
const EMPTY_HASH = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/** Signs one chunk of a chain. */
export const signChunk = (
  { key, amzDate, scope }: ChunkChain,
  previous: string,
  data: Uint8Array,
): MaybePromise<string> =>
  map(digest('sha256', data, 'hex'), (hash) => {
    const head = `AWS4-HMAC-SHA256-PAYLOAD\n${amzDate}\n${serializeScope(scope)}`
    return mac(key, `${head}\n${previous}\n${EMPTY_HASH}\n${hash}`, 'hex')
  })

/** Signs the trailer of a chain. */
export function signTrailer(
  { key, amzDate, scope }: ChunkChain,
  previous: string,
  trailers: AwsChunked['trailers'],
): MaybePromise<string> {
  const lines = trailers
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => `${name}:${canonicalValue([value])}\n`)
    .join('')
  return map(digest('sha256', lines, 'hex'), (hash) => {
    const head = `AWS4-HMAC-SHA256-TRAILER\n${amzDate}\n${serializeScope(scope)}`
    return mac(key, `${head}\n${previous}\n${hash}`, 'hex')
  })
}

/** Reports whether every chunk, and the trailer, continues the chain that the request began. */
export function verifyChunks(chain: ChunkChain, body: AwsChunked): MaybePromise<boolean> {
  const unbroken = body.chunks.reduce<MaybePromise<string | undefined>>(
    (state, { data, signature }) =>
      map(state, (previous) =>
        previous === undefined
          ? undefined
          : map(signChunk(chain, previous, data), (expected) =>
              equalDigests(expected, signature) ? expected : undefined,
            ),
      ),
    chain.seed,
  )
  return map(unbroken, (last) => {
    if (last === undefined || body.trailerSignature === undefined) return last !== undefined
    const { trailerSignature } = body
    return map(signTrailer(chain, last, body.trailers), (expected) =>
      equalDigests(expected, trailerSignature),
    )
  })
}

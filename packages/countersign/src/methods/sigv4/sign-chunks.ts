/** Writes `aws-chunked` bodies, for tests and attacks. */
import { map, type MaybePromise } from '../../core/maybe.ts'
import type { Field } from '../../core/field.ts'
import { signChunk, signTrailer, type ChunkChain } from './chunk-chain.ts'
import { formatAmzDate } from './scope.ts'
import { signSigV4, signingMacKey, type SigV4Request, type SigV4Signer } from './sign.ts'

/** A request whose body is in signed chunks. */
export interface ChunkedRequest {
  readonly headers: readonly Field[]
  readonly body: Uint8Array
}

/** What is in the chunks. */
export interface ChunkedContent {
  /** The data, without the empty chunk that ends it. */
  readonly chunks: readonly Uint8Array[]
  /** Names in lower case. @defaultValue none, and no trailer signature */
  readonly trailers?: readonly Field[]
}

const utf8 = new TextEncoder()

/** Signs a request and its body chunk by chunk. */
export async function signSigV4Chunked(
  request: Omit<SigV4Request, 'body'>,
  signer: SigV4Signer & { readonly service: string },
  { chunks, trailers }: ChunkedContent,
): Promise<ChunkedRequest> {
  const length = chunks.reduce((sum, data) => sum + data.length, 0)
  const announced: readonly Field[] =
    trailers === undefined ? [] : [['x-amz-trailer', trailers.map(([name]) => name).join(',')]]
  const headers: readonly Field[] = [
    ...(request.headers ?? []),
    ['content-encoding', 'aws-chunked'],
    ['x-amz-decoded-content-length', String(length)],
    ...announced,
  ]
  const suffix = trailers === undefined ? '' : '-TRAILER'
  const payload = `STREAMING-AWS4-HMAC-SHA256-PAYLOAD${suffix}`
  const fields = await signSigV4({ ...request, headers }, { ...signer, payload })
  const amzDate = formatAmzDate(signer.now)
  const { region, service } = signer
  const scope = { date: amzDate.slice(0, 8), region, service }
  const seed = fields.at(-1)?.[1].slice(-64) ?? ''
  const chain = { key: await signingMacKey(signer, scope), amzDate, scope, seed }
  return { headers: [...headers, ...fields], body: await writeChunks(chain, chunks, trailers) }
}

/** Writes a body in chunks, each signed in the chain. */
export async function writeChunks(
  chain: ChunkChain,
  chunks: readonly Uint8Array[],
  trailers?: readonly Field[],
): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let previous = chain.seed
  for (const data of [...chunks, new Uint8Array(0)]) {
    // oxlint-disable-next-line no-await-in-loop -- each signature covers the one before it
    previous = await signChunk(chain, previous, data)
    const head = `${data.length.toString(16)};chunk-signature=${previous}\r\n`
    parts.push(utf8.encode(head), data, utf8.encode(data.length === 0 ? '' : '\r\n'))
  }
  parts.push(utf8.encode(await writeTrailer(chain, previous, trailers)))
  return new Uint8Array(parts.flatMap((part) => [...part]))
}

function writeTrailer(
  chain: ChunkChain,
  previous: string,
  trailers: readonly Field[] | undefined,
): MaybePromise<string> {
  if (trailers === undefined) return '\r\n'
  const lines = trailers.map(([name, value]) => `${name}:${value}\r\n`).join('')
  return map(
    signTrailer(chain, previous, trailers),
    (signature) => `${lines}x-amz-trailer-signature:${signature}\r\n\r\n`,
  )
}

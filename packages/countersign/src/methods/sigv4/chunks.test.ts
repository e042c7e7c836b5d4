import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { macKey } from '#crypto'
import { Secret } from '../../core/secret.ts'
import { canonicalPath, canonicalRequest } from './canonical.ts'
import { signChunk, signTrailer, verifyChunks } from './chunk-chain.ts'
import { decodeAwsChunked, parseAwsChunked } from './chunks.ts'
import { deriveSigningKey, signCanonical } from './derive.ts'
import { writeChunks } from './sign-chunks.ts'

/**
 * The worked example of the S3 documentation, "Transferring Payload in Multiple Chunks", and its
 * trailer as aws-c-auth (`tests/test_chunked_signing.c`, Apache-2.0) signs it.
 */
const AMZ_DATE = '20130524T000000Z'
const SCOPE = { date: '20130524', region: 'us-east-1', service: 's3' }
const SECRET = new Secret('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY')
const SEED = '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9'
const FIRST = 'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648'
const SECOND = '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497'
const LAST = 'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9'
const TRAILER = 'df5735bd9f3295cd9386572292562fefc93ba94e80a0a1ddcbd652c4e0a75e6c'
const CHUNKS = [new Uint8Array(65_536).fill(0x61), new Uint8Array(1024).fill(0x61)]
const TRAILERS = [
  ['first', '1st'],
  ['second', '2nd'],
  ['third', '3rd'],
] as const

const chainOf = async () => ({
  key: macKey(await deriveSigningKey(SECRET, SCOPE)),
  amzDate: AMZ_DATE,
  scope: SCOPE,
  seed: SEED,
})

describe('the chunked upload of the S3 documentation', () => {
  it('has the seed signature', async () => {
    const canonical = canonicalRequest({
      method: 'PUT',
      path: canonicalPath('/examplebucket/chunkObject.txt', {
        encoding: 'single',
        normalize: false,
      }),
      query: '',
      headers: [
        ['content-encoding', ['aws-chunked']],
        ['content-length', ['66824']],
        ['host', ['s3.amazonaws.com']],
        ['x-amz-content-sha256', ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD']],
        ['x-amz-date', [AMZ_DATE]],
        ['x-amz-decoded-content-length', ['66560']],
        ['x-amz-storage-class', ['REDUCED_REDUNDANCY']],
      ],
      payload: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    })
    const { key } = await chainOf()
    assert.equal(await signCanonical(key, canonical, { amzDate: AMZ_DATE, scope: SCOPE }), SEED)
  })

  it('has the chain of signatures, and the trailer after it', async () => {
    const chain = await chainOf()
    const [first = new Uint8Array(0), second = new Uint8Array(0)] = CHUNKS
    assert.equal(await signChunk(chain, SEED, first), FIRST)
    assert.equal(await signChunk(chain, FIRST, second), SECOND)
    assert.equal(await signChunk(chain, SECOND, new Uint8Array(0)), LAST)
    assert.equal(await signTrailer(chain, LAST, TRAILERS), TRAILER)
    assert.equal(await signTrailer(chain, LAST, TRAILERS.toReversed()), TRAILER)
  })

  it('is 66,824 bytes on the wire, and verifies', async () => {
    const chain = await chainOf()
    const body = await writeChunks(chain, CHUNKS)
    assert.equal(body.length, 66_824)
    const parsed = parseAwsChunked(body, false)
    assert.ok(parsed.ok)
    assert.deepEqual(
      parsed.value.chunks.map(({ signature }) => signature),
      [FIRST, SECOND, LAST],
    )
    assert.equal(await verifyChunks(chain, parsed.value), true)
    assert.equal(await verifyChunks({ ...chain, seed: FIRST }, parsed.value), false)
  })

  it('gives the handler its data back', async () => {
    const chain = await chainOf()
    const data = new Uint8Array(66_560).fill(0x61)
    assert.deepEqual(decodeAwsChunked(await writeChunks(chain, CHUNKS)), data)
    assert.deepEqual(decodeAwsChunked(await writeChunks(chain, CHUNKS, TRAILERS)), data)
    assert.equal(decodeAwsChunked(data), undefined)
  })
})

describe('a body in chunks', () => {
  it('is refused or read, never thrown at, with any byte changed or cut', async () => {
    const chain = await chainOf()
    const whole = await writeChunks(chain, [new Uint8Array([1, 2, 3])], TRAILERS)
    for (let at = 0; at < whole.length; at += 1) {
      assert.equal(parseAwsChunked(whole.subarray(0, at), true).ok, false, `cut at ${at}`)
      const changed = whole.with(at, (whole[at] ?? 0) ^ 1)
      const parsed = parseAwsChunked(changed, true)
      const good = parsed.ok && (await verifyChunks(chain, parsed.value))
      assert.equal(good, false, `bit flipped at ${at}`)
    }
  })
})

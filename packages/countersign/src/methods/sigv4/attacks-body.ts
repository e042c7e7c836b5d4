/** Attacks on signed bodies: whole, and in chunks. */
import type { Attack } from '../../core/attack.ts'
import type { ReasonCode } from '../../core/reasons.ts'
import { attack, drop, withField, type SignedParts } from './attack-edits.ts'
import { ATTACKED_PATH, signerOf, signParts, type SigV4AttackMaterial } from './attack-parts.ts'
import { signSigV4Chunked, type ChunkedContent } from './sign-chunks.ts'

const utf8 = new TextEncoder()
const BODY = '{"amount":1}'

/** Attacks on bodies. */
export async function bodyAttacks(material: SigV4AttackMaterial): Promise<readonly Attack[]> {
  const post = await signParts(material, { method: 'POST', body: BODY })
  const empty = await signParts(material, { method: 'POST' })
  const literal = (payload: string): Promise<SignedParts> =>
    signParts(material, { method: 'POST', body: BODY }, { payload })
  return [
    attack('another body', 'sigv4.body-mismatch', { ...post, body: '{"amount":9}' }),
    attack('a longer body', 'sigv4.body-mismatch', { ...post, body: `${BODY} ` }),
    attack('no body', 'sigv4.body-mismatch', { ...post, body: '' }),
    attack('a body where none was signed', 'sigv4.body-mismatch', { ...empty, body: BODY }),
    attack('UNSIGNED-PAYLOAD', 'sigv4.payload-unsigned', await literal('UNSIGNED-PAYLOAD')),
    attack(
      'an unsigned trailer',
      'sigv4.payload-unsigned',
      await literal('STREAMING-UNSIGNED-PAYLOAD-TRAILER'),
    ),
    attack(
      'the digest of another body, unsigned',
      'sigv4.signature-invalid',
      withField(post, 'x-amz-content-sha256', (value) =>
        value.replace(/^./, 'f').replace(/.$/, '0'),
      ),
    ),
    ...(await chunkAttacks(material)),
  ]
}

const DATA = ['first chunk', 'other chunk'].map((text) => utf8.encode(text))
const TRAILERS = [['x-amz-checksum-crc32c', 'sOO8/Q==']] as const

async function chunked(
  material: SigV4AttackMaterial,
  content: ChunkedContent = { chunks: DATA },
): Promise<SignedParts & { readonly body: Uint8Array }> {
  const { authority } = material
  const url = `https://${authority}${ATTACKED_PATH}`
  const signed = await signSigV4Chunked({ method: 'POST', url }, signerOf(material), content)
  return { method: 'POST', target: ATTACKED_PATH, authority, ...signed }
}

async function chunkAttacks(material: SigV4AttackMaterial): Promise<readonly Attack[]> {
  const signed = await chunked(material)
  const trailed = await chunked(material, { chunks: DATA, trailers: TRAILERS })
  // Of another second: requests that are equal but for their chunks share one seed, and one use.
  const other = await chunked({ ...material, now: material.now - 1 })
  return [
    attack('chunks: of another request', BROKEN, { ...signed, body: other.body }),
    ...['x-amz-decoded-content-length', 'x-amz-trailer'].map((name) =>
      attack(`chunks: ${name} unsigned`, 'sigv4.header-unsigned', drop(trailed, name)),
    ),
    ...brokenChains(rewriter(signed)),
    ...malformedChunks(rewriter(signed)),
    ...trailerAttacks(rewriter(trailed)),
  ]
}

const BROKEN = 'sigv4.chunk-mismatch'
const MALFORMED = 'sigv4.chunks-malformed'

type Rewrite = (name: string, reason: ReasonCode, change: (body: string) => string) => Attack

const rewriter =
  (parts: SignedParts & { readonly body: Uint8Array }): Rewrite =>
  (name, reason, change) => {
    const body = utf8.encode(change(new TextDecoder().decode(parts.body)))
    return attack(`chunks: ${name}`, reason, { ...parts, body })
  }

const brokenChains = (row: Rewrite): readonly Attack[] => [
  row('data changed', BROKEN, (body) => body.replace('first', 'worst')),
  row('data moved between chunks', BROKEN, (body) =>
    body.replace('first', '#').replace('other', 'first').replace('#', 'other'),
  ),
  row('order changed', BROKEN, swapChunks),
  row('a signature changed', BROKEN, (body) =>
    body.replace(/^(b;chunk-signature=)[0-9a-f]{8}/, '$100000000'),
  ),
]

const malformedChunks = (row: Rewrite): readonly Attack[] => [
  row('the end missing', MALFORMED, (body) => body.slice(0, body.indexOf('\r\n0;') + 2)),
  row('a chunk missing', MALFORMED, (body) => body.slice(body.indexOf('\r\nb;') + 2)),
  row('bytes after the end', MALFORMED, (body) => `${body}x`),
  row('a second end', MALFORMED, (body) => body + body.slice(body.indexOf('\r\n0;') + 2)),
  row('a size that lies', MALFORMED, (body) => body.replace(/^b;/, 'c;')),
  row('a size with zeros before it', MALFORMED, (body) => body.replace(/^b;/, '0b;')),
  row('a size beyond the body', MALFORMED, (body) => body.replace(/^b;/, 'ffffffff;')),
  row('an extension', MALFORMED, (body) => body.replace(/^b;/, 'b;x=y;')),
  row('plain data', MALFORMED, () => 'first chunkother chunk'),
  row('a bare line feed', MALFORMED, (body) => body.replace('\r\n', '\n')),
  row('a trailer that was not announced', MALFORMED, (body) =>
    body.replace(/\r\n$/, 'x-note:1\r\n\r\n'),
  ),
]

const trailerAttacks = (row: Rewrite): readonly Attack[] => [
  row('a trailer changed', BROKEN, (body) => body.replace('sOO8', 'AAAA')),
  row('a trailer removed', MALFORMED, (body) => body.replace(/x-amz-checksum.*\r\n/, '')),
  row('a trailer twice', MALFORMED, (body) => body.replace(/x-amz-checksum.*\r\n/, '$&$&')),
  row('another trailer', MALFORMED, (body) => body.replace('crc32c', 'crc32d')),
  row('the trailer unsigned', MALFORMED, (body) =>
    body.replace(/x-amz-trailer-signature.*\r\n/, ''),
  ),
]

function swapChunks(body: string): string {
  const second = body.indexOf('\r\nb;') + 2
  const end = body.indexOf('\r\n0;') + 2
  return body.slice(second, end) + body.slice(0, second) + body.slice(end)
}

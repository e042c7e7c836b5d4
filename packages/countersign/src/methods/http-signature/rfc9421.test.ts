import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { Jwk } from '../../crypto/seam.ts'
import { importVerifyKey, type VerifyKey } from '../../jose/keys.ts'
import { signatureBase } from './base.ts'
import { FIELD_TYPES } from './fields.ts'
import { parseSignatures } from './format.ts'
import { fieldLookup, type SignedMessage } from './message.ts'

/**
 * Appendix B of RFC 9421: 6 signed messages, the TLS proxy, 6 transformations. It is kept outside
 * this repository: set COUNTERSIGN_VECTORS to its folder to run it elsewhere.
 */

const folder =
  process.env['COUNTERSIGN_VECTORS'] ??
  new URL('../../../../../../shared/vectors', import.meta.url).pathname
const file = `${folder}/rfc9421-appendix-b.md`

const CONTEXT = { fieldTypes: FIELD_TYPES, trailers: false }
/** The digest that was signed; the archived draft prints another one in its `test-response`. */
const SIGNED_DIGEST =
  'sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:'

/** The fenced blocks, with the line wrapping of RFC 8792 undone. */
const blocksOf = (markdown: string): readonly string[] =>
  [...markdown.matchAll(/^~~~[^\n]*\n([^]*?)^~~~$/gm)].map(([, block = '']) =>
    block.replace(/^NOTE:[^\n]*\n\n/, '').replaceAll(/\\\n */g, ''),
  )

function messageOf(block: string): SignedMessage {
  const [start = '', ...lines] = (block.split('\n\n')[0] ?? '').trim().split('\n')
  const pairs = lines.map((line): readonly [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1).trim()]
  })
  const fields = { header: fieldLookup(pairs), trailer: () => [] }
  const [first = '', second = ''] = start.split(' ')
  if (first.startsWith('HTTP/')) return { status: Number(second), ...fields }
  const authority = fields.header('host')[0] ?? ''
  return { method: first, scheme: 'https', authority, target: second, ...fields }
}

/** Adds the fields of a block of their own to a message that has none. */
const withFields = (message: SignedMessage, block: string): SignedMessage => {
  const added = messageOf(`GET / HTTP/1.1\n${block}`)
  return {
    ...message,
    header: (name) => [...message.header(name), ...added.header(name)],
  }
}

async function keysOf(blocks: readonly string[]): Promise<ReadonlyMap<string, VerifyKey>> {
  const secret = Buffer.from(blocks.find((block) => /^[\w+/=]{88}\n$/.test(block)) ?? '', 'base64')
  const jwks: readonly Jwk[] = blocks
    .filter((block) => block.startsWith('{\n'))
    .filter((block) => block.includes('"kty"'))
    .map((block) => JSON.parse(block))
  const rsa = { 'test-key-rsa-pss': 'PS512', 'test-key-rsa': 'RS256' }
  const keys = jwks.map(({ d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...jwk }) => {
    const algorithm = Object.entries(rsa).find(([kid]) => kid === jwk['kid'])?.[1]
    return importVerifyKey(algorithm === undefined ? { jwk } : { jwk, algorithm })
  })
  const shared = importVerifyKey({ secret, algorithm: 'HS256', kid: 'test-shared-secret' })
  return new Map((await Promise.all([...keys, shared])).map((key) => [key.kid ?? '', key]))
}

async function verifies(
  message: SignedMessage,
  keys: ReadonlyMap<string, VerifyKey>,
): Promise<{ readonly good: boolean; readonly base: string }> {
  const parsed = parseSignatures(message.header('signature-input'), message.header('signature'))
  assert(parsed.ok)
  const [found] = parsed.value
  assert(found !== undefined)
  const base = signatureBase(message, found, CONTEXT)
  assert(base.ok, base.ok ? '' : base.error.problem)
  const key = keys.get(found.parameters.keyId ?? '')
  assert(key !== undefined)
  return { good: await key.verify(base.value, found.signature), base: base.value }
}

const skip = existsSync(file) ? false : `no ${file}`

describe('RFC 9421 Appendix B', { skip }, () => {
  const blocks = skip === false ? blocksOf(readFileSync(file, 'utf8')) : []
  const bases = blocks.filter((block) => block.includes('"@signature-params":'))
  const starting = (text: string): string => blocks.find((block) => block.startsWith(text)) ?? ''
  const request = (): SignedMessage => messageOf(starting('POST /foo'))
  const response = (): SignedMessage => {
    const message = messageOf(starting('HTTP/1.1 200'))
    const header: SignedMessage['header'] = (name) =>
      name === 'content-digest' ? [SIGNED_DIGEST] : message.header(name)
    return { ...message, header }
  }

  for (const [index, label] of ['b21', 'b22', 'b23', 'b24', 'b25', 'b26'].entries()) {
    it(`B.2.${label.slice(2)}: the signature and its base`, async () => {
      const fields = starting(`Signature-Input: sig-${label}`)
      const message = withFields(label === 'b24' ? response() : request(), fields)
      const { good, base } = await verifies(message, await keysOf(blocks))
      assert.equal(base, bases[index]?.trimEnd())
      assert.equal(good, true)
    })
  }

  it('B.3: the TLS-terminating proxy', async () => {
    const signed = blocks.find((block) => block.includes('Signature-Input: ttrp')) ?? ''
    const { good, base } = await verifies(messageOf(signed), await keysOf(blocks))
    assert.equal(base, bases[6]?.trimEnd())
    assert.equal(good, true)
  })

  const transformed = blocks.filter((block) => block.includes('Signature-Input: transform'))
  for (const [index, expected] of [true, true, true, true, false, false].entries()) {
    it(`B.4, message ${index + 1}: ${expected ? 'accepted' : 'refused'}`, async () => {
      const { good } = await verifies(messageOf(transformed[index] ?? ''), await keysOf(blocks))
      assert.equal(good, expected)
    })
  }

  it('are 13 messages, so that none was overlooked', () => {
    assert.equal(transformed.length, 6)
    assert.equal(bases.length, 8)
  })
})

import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { ok } from './result.ts'
import * as fc from 'fast-check'
import { isToken68, parseCredentials, readAuthorization } from './credentials.ts'
import type { RequestView } from './request.ts'

/** RFC 9110 §11.4 as one regular expression: what the fast parser is compared with. */
const GRAMMAR = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}) +([^ ].*)$/s

function naive(field: string): unknown {
  const match = GRAMMAR.exec(field)
  return match === null
    ? { ok: false, error: 'request.malformed-authorization' }
    : { ok: true, value: { scheme: match[1]?.toLowerCase(), value: match[2] } }
}

const view = (...fields: readonly string[]): RequestView => ({
  method: 'GET',
  scheme: 'https',
  authority: 'a',
  target: '/',
  remoteAddress: undefined,
  header: (name) => (name === 'authorization' ? fields : []),
  trailer: () => [],
  peerCertificate: undefined,
  body: () => ok(new Uint8Array(0)),
})

describe('an Authorization header', () => {
  it('is split into scheme and value', () => {
    for (const [field, scheme, value] of [
      ['Bearer abc', 'bearer', 'abc'],
      ['bearer abc', 'bearer', 'abc'],
      ['BEARER abc', 'bearer', 'abc'],
      ['Bearer   abc', 'bearer', 'abc'],
      ['Bearer abc ', 'bearer', 'abc '],
      ['Bearer a b', 'bearer', 'a b'],
      ['Digest a="b", c=d', 'digest', 'a="b", c=d'],
      ["X!#$%&'*+-.^_`|~1 v", "x!#$%&'*+-.^_`|~1", 'v'],
    ] as const) {
      assert.deepEqual(parseCredentials(field), { ok: true, value: { scheme, value } }, field)
    }
  })

  it('is refused when it is not scheme, space, value', () => {
    for (const field of [
      '',
      ' ',
      'Bearer',
      'Bearer ',
      'Bearer    ',
      ' Bearer abc',
      'Bearer\tabc',
      'B\u00e9arer abc',
      'Bearer:abc def',
      'Bearer, abc',
      '"Bearer" abc',
      'a'.repeat(65) + ' x',
      'a\u0000 x',
    ]) {
      assert.deepEqual(
        parseCredentials(field),
        { ok: false, error: 'request.malformed-authorization' },
        JSON.stringify(field),
      )
    }
  })

  it('is read as a naive reference reads it', () => {
    const pieces = fc.constantFrom(
      'Bearer',
      'Basic',
      ' ',
      '  ',
      '\t',
      'a',
      ',',
      '=',
      '"',
      'é',
      '\u0000',
      '\r\n',
    )
    const field = fc.oneof(
      fc.string(),
      fc.array(pieces, { maxLength: 8 }).map((all) => all.join('')),
    )
    fc.assert(
      fc.property(field, (text) => assert.deepEqual(parseCredentials(text), naive(text))),
      { numRuns: 2000 },
    )
  })

  it('is one field: two are refused even when they are equal (SR-401)', () => {
    const duplicate = { ok: false, error: 'request.duplicate-authorization' }
    assert.deepEqual(readAuthorization(view('Bearer a', 'Bearer a')), duplicate)
    assert.deepEqual(readAuthorization(view('Bearer a', '')), duplicate)
    assert.deepEqual(readAuthorization(view()), { ok: true, value: undefined })
    assert.deepEqual(readAuthorization(view('')), {
      ok: false,
      error: 'request.malformed-authorization',
    })
  })

  it('costs no time for a long scheme', () => {
    assert.equal(parseCredentials(`${'a'.repeat(1_000_000)} x`).ok, false)
  })
})

describe('token68', () => {
  it('is what RFC 9110 §11.2 says', () => {
    for (const good of ['a', 'a=', 'a==', 'AZaz09-._~+/', 'a====']) assert.ok(isToken68(good), good)
    for (const bad of ['', '=', 'a=b', 'a b', 'a,', 'é', 'a\n', '"a"']) {
      assert.ok(!isToken68(bad), bad)
    }
  })
})

import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { parseSignatures } from './format.ts'
import { readSoleBytes } from './fields.ts'
import { readPlain } from './plain-input.ts'

const SIGNATURE = ['sig1=:AAAA:'] as const
const GOOD = 'sig1=("@method" "content-digest");created=1700000000;keyid="a key";nonce="n;x"'

describe('the usual form of Signature-Input', () => {
  it('is read as the parser reads it', () => {
    for (const value of [
      GOOD,
      'sig1=("@method");created=0',
      'sig1=("@path" "@query");expires=999999999999999;alg="hmac-sha256";tag=""',
      'sig1=("x");created=1;keyid="[]~!#$%&()*+,-./"',
    ]) {
      const plain = readPlain([value])
      assert.ok(plain !== undefined, value)
      // White space at the end is for the parser.
      const parsed = parseSignatures([`${value} `], SIGNATURE)
      assert.ok(parsed.ok)
      assert.deepEqual([{ ...plain, signature: 'AAAA' }], parsed.value)
      assert.deepEqual(parseSignatures([value], SIGNATURE), parsed)
    }
  })

  it('is none when it has to be written again, or is not good', () => {
    for (const value of [
      GOOD.replace('1700000000', '01700000000'),
      GOOD.replace('1700000000', '1700000000.0'),
      GOOD.replace('1700000000', '-1'),
      GOOD.replace('1700000000', '9999999999999999'),
      GOOD.replace('1700000000', '"1700000000"'),
      GOOD.replace('n;x', String.raw`n\"x`),
      GOOD.replace('n;x', 'é'),
      GOOD.replace('" "', '"  "'),
      GOOD.replace('"@method"', '"@method";req'),
      GOOD.replace('@method', 'X-A'),
      `${GOOD};created=1`,
      `${GOOD};other=2`,
      `${GOOD};tag=""x`,
      `${GOOD};`,
      `${GOOD}, sig1=();created=1`,
      `${GOOD} `,
      `${GOOD}\n`,
      `sig1=(${Array.from({ length: 33 }, (_, index) => `"x-${index}"`).join(' ')});created=1`,
      `sig1=("@method");keyid="${'a'.repeat(257)}"`,
    ]) {
      assert.equal(readPlain([value]), undefined, value)
    }
    assert.equal(readPlain([GOOD, GOOD]), undefined)
    assert.equal(readPlain([]), undefined)
  })

  it('costs no more than its length, whatever it is', () => {
    const started = performance.now()
    for (const value of ['sig1=("a"', 'sig1=("a");a="', 'sig1=("a");a=1'].map(
      (text) => text + ' "a"'.repeat(2000),
    ))
      assert.equal(readPlain([value]), undefined)
    assert.ok(performance.now() - started < 200)
  })
})

describe('one member of bytes', () => {
  it('is read as the parser reads it, and only in its one encoding', () => {
    for (let length = 0; length < 70; length += 1) {
      const bytes = Buffer.alloc(length, 0xa7 + length)
      const sole = readSoleBytes([`sig1=:${bytes.toString('base64')}:`])
      assert.deepEqual(sole, { key: 'sig1', base64: bytes.toString('base64') })
      const parsed = parseSignatures([GOOD], [`sig1=:${bytes.toString('base64')}:`])
      assert.ok(parsed.ok)
      assert.equal(parsed.value[0]?.signature, bytes.toString('base64url'))
    }
    for (const odd of [
      'a=:AB==:',
      'a=:AAB=:',
      'a=:AAA:',
      'a=:AA=A:',
      'a=:A-A_:',
      'a=:AAAA:;b',
      'a=:AAAA:, b',
      'A=:AAAA:',
    ])
      assert.equal(readSoleBytes([odd]), undefined, odd)
    assert.equal(readSoleBytes(['a=:AAAA:', 'b=:AAAA:']), undefined)
  })
})

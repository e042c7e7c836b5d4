import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { checkContentDigest, contentDigest } from './digest.ts'
import { parseSignatures } from './format.ts'

/** White space at the end means nothing, and is for the parser: what follows takes the slow way. */
const slowly = (value: string): string => `${value} `

const names = fc.constantFrom('"@method"', '"@path"', '"x-a"', '"X"', '"a";req', '"', 'a', '')
const values = fc.oneof(
  fc.nat().map(String),
  fc.string({ maxLength: 6 }).map((text) => `"${text}"`),
  fc.constantFrom('01', '-1', '1.5', '1e3', '9'.repeat(15), '9'.repeat(16), '?1', ':AA==:', ''),
  fc.constantFrom(`"${'a'.repeat(256)}"`, `"${'a'.repeat(257)}"`, '"', '"\\""', '"a" ', 'tok'),
)
const parameters = fc.constantFrom('created', 'expires', 'nonce', 'alg', 'keyid', 'tag', 'x', 'A')
const input = fc
  .record({
    label: fc.constantFrom('sig1', 'sig2', '*', 'a.b-c_d', 'A', ''),
    list: fc.array(names, { maxLength: 5 }),
    rest: fc.array(fc.tuple(parameters, values), { maxLength: 5 }),
    tail: fc.constantFrom('', '', '', '', ';', ';created', ', a=1', 'x', '\t', '\n', ' ;tag="a"'),
  })
  .map(
    ({ label, list, rest, tail }) =>
      `${label}=(${list.join(' ')})${rest.map(([name, value]) => `;${name}=${value}`).join('')}${tail}`,
  )
const base64 = fc.oneof(
  fc.uint8Array({ maxLength: 70 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  fc.string({
    unit: fc.constantFrom('A', 'Q', 'g', '+', '/', '-', '_', '=', ':', '9'),
    maxLength: 9,
  }),
)
const labels = fc.constantFrom('sig1', 'sig2', 'a.b-c_d')

describe('the short way through signature fields', () => {
  it('answers what the parser answers, whatever the input', () => {
    fc.assert(
      fc.property(input, labels, base64, (value, label, bytes) => {
        const signature = `${label}=:${bytes}:`
        const short = parseSignatures([value], [signature])
        assert.deepEqual(short, parseSignatures([slowly(value)], [slowly(signature)]))
      }),
      { numRuns: 3000 },
    )
  })

  it('answers what the parser answers for every change of one character', () => {
    const good = 'sig1=("@method" "x-a");created=17;keyid="k";nonce="n"'
    const signature = 'sig1=:AAAA:'
    for (let at = 0; at <= good.length; at += 1) {
      for (const put of ['', ' ', '"', ';', '=', ')', '(', '\\', '0', 'A', 'é', ',', '\n']) {
        for (const width of [0, 1]) {
          const value = good.slice(0, at) + put + good.slice(at + width)
          const short = parseSignatures([value], [signature])
          assert.deepEqual(short, parseSignatures([slowly(value)], [signature]), value)
        }
      }
    }
  })

  it('answers what the parser answers about digests', async () => {
    const bodies = fc.uint8Array({ maxLength: 3 })
    const claims = fc.oneof(
      base64.map((text) => `sha-256=:${text}:`),
      base64.map((text) => `sha-512=:${text}:`),
      fc.constantFrom('', 'sha-256', 'sha-256=1', 'sha-1=:AAAA:', 'sha-256=:AAAA:, sha-512=:AA==:'),
    )
    await fc.assert(
      fc.asyncProperty(bodies, bodies, claims, async (body, other, claim) => {
        const own = [await contentDigest(body), await contentDigest(other, 'sha-512')]
        for (const value of [claim, ...own, own.join(', '), `${own[0]};a`]) {
          const slow = await checkContentDigest([slowly(value)], body)
          assert.equal(await checkContentDigest([value], body), slow)
        }
      }),
      { numRuns: 500 },
    )
  })
})

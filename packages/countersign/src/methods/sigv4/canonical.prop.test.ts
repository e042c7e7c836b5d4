import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { isAmbiguous } from './ambiguous.ts'
import { canonicalPath, canonicalQuery, canonicalValue } from './canonical.ts'
import { formatAmzDate, parseAmzDate } from './scope.ts'

/** The rules as the documents state them, one step after the other, with no short way. */
const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (kept) => `%${kept.charCodeAt(0).toString(16)}`)
const upper = (text: string): string =>
  text.replaceAll(/%[0-9A-Fa-f]{2}/g, (found) => found.toUpperCase())
const encodeAll = (text: string): string => upper(encode(text))
const encodeOnce = (text: string): string =>
  text
    .split(/(%[0-9A-Fa-f]{2})/)
    .map((part) => {
      if (!/^%[0-9A-Fa-f]{2}$/.test(part)) return encodeAll(part)
      const character = String.fromCharCode(Number.parseInt(part.slice(1), 16))
      return /[A-Za-z0-9\-._~]/.test(character) ? character : part.toUpperCase()
    })
    .join('')

function normal(path: string): string {
  const kept: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop()
    else if (segment !== '' && segment !== '.') kept.push(segment)
  }
  return `/${kept.join('/')}${kept.length > 0 && path.endsWith('/') ? '/' : ''}`
}

const characters = fc.constantFrom('/', '/', '.', 'a', 'Z', '9', '-', '_', '~', '%', '2e', ':', ' ')
const paths = fc.string({ unit: characters, maxLength: 12 }).map((text) => `/${text}`)
const queries = fc.string({
  unit: fc.constantFrom('&', '=', 'a', 'b', '~', '%41', '%', '+', '/', 'X-Amz-', 'Signature', 'é'),
  maxLength: 10,
})

describe('the canonical form', () => {
  it('of a path is the one of the rules, whatever the path', () => {
    fc.assert(
      fc.property(paths, fc.boolean(), (path, normalize) => {
        const plain = normalize ? normal(path) : path
        for (const encoding of ['double', 'single'] as const) {
          const write = encoding === 'double' ? encodeAll : encodeOnce
          const expected = plain.split('/').map(write).join('/')
          assert.equal(canonicalPath(path, { encoding, normalize }), expected)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('of a query is the one of the rules, whatever the query', () => {
    fc.assert(
      fc.property(queries, fc.constantFrom<string[]>([], ['a'], ['X-Amz-']), (query, omit) => {
        const expected = query
          .split('&')
          .filter((pair) => pair !== '')
          .map((pair) => /^([^=]*)=?(.*)$/.exec(pair) ?? [])
          .filter(([, name = '']) => name !== 'X-Amz-Signature' && !omit.includes(name))
          .map(([, name = '', value = '']) => [encodeOnce(name), encodeOnce(value)] as const)
          .toSorted(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1))
          .map((pair) => pair.join('='))
          .join('&')
        assert.equal(canonicalQuery(query, omit), expected)
      }),
      { numRuns: 2000 },
    )
  })

  it('of a value is the one of the rules, whatever the value', () => {
    const texts = fc.string({ unit: fc.constantFrom(' ', '\t', 'a', 'b', '\u00a0'), maxLength: 8 })
    fc.assert(
      fc.property(fc.array(texts, { maxLength: 3 }), (values) => {
        const expected = values.map((value) => value.trim().replaceAll(/[ \t]+/g, ' ')).join(',')
        assert.equal(canonicalValue(values), expected)
      }),
    )
  })

  it('of a path that a router reads in another way is never signed', () => {
    fc.assert(
      fc.property(paths, fc.boolean(), (path, normalize) => {
        const odd = path.split('/').slice(1)
        const expected =
          /[^\x21-\x7e]|#|%(?![0-9A-Fa-f]{2})/.test(path) ||
          odd.some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment) && segment.includes('%')) ||
          (normalize &&
            (odd.some((segment) => segment === '.' || segment === '..') ||
              odd.slice(0, -1).includes('')))
        assert.equal(isAmbiguous(path, { encoding: 'single', normalize }), expected, path)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('a date of the scheme', () => {
  it('is read back as it was written, to the second', () => {
    const seconds = fc.integer({ min: Date.UTC(100, 0) / 1000, max: Date.UTC(9999, 11, 31) / 1000 })
    fc.assert(fc.property(seconds, (at) => assert.equal(parseAmzDate(formatAmzDate(at)), at)))
  })

  it('is a day and a time that exist', () => {
    const digits = fc.string({ unit: fc.constantFrom('0', '1', '2', '3', '9'), maxLength: 2 })
    const two = digits.map((text) => text.padStart(2, '0'))
    fc.assert(
      fc.property(fc.tuple(two, two, two, two, two), ([month, day, hour, minute, second]) => {
        const text = `2026${month}${day}T${hour}${minute}${second}Z`
        const time = Date.parse(`2026-${month}-${day}T${hour}:${minute}:${second}Z`)
        const exists = !Number.isNaN(time) && formatAmzDate(time / 1000) === text
        assert.equal(parseAmzDate(text), exists ? time / 1000 : undefined)
      }),
      { numRuns: 3000 },
    )
  })
})

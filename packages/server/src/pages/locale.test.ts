import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { lookUpLocale } from './locale.ts'

const AVAILABLE = new Map(['en', 'de', 'pt-br', 'zh-hant'].map((tag) => [tag, tag]))

const WISHES = [
  ['the first tag that there is', 'fr de en', undefined, 'de'],
  ['ui_locales before Accept-Language', 'de', 'en', 'de'],
  ['Accept-Language where ui_locales has nothing', 'fr', 'en', 'en'],
  ['Accept-Language by weight', undefined, 'en;q=0.5, de;q=0.9', 'de'],
  ['Accept-Language in order at equal weight', undefined, 'de, en', 'de'],
  ['no language that was refused', undefined, 'de;q=0, en;q=0.1', 'en'],
  ['nothing rather than what was refused', undefined, 'de;q=0', undefined],
  ['a shorter tag', 'de-CH-1996', undefined, 'de'],
  ['a shorter tag without its singleton', 'zh-Hant-x-private', undefined, 'zh-hant'],
  ['no longer tag', 'pt', undefined, undefined],
  ['any case', 'PT-br', undefined, 'pt-br'],
  ['nothing for a wildcard', undefined, '*', undefined],
  ['nothing for nothing', undefined, undefined, undefined],
  ['nothing for what is no tag', '__proto__ de_DE <b> -de', ',,;q=1,de;q=x;y', undefined],
] as const

for (const [name, uiLocales, acceptLanguage, expected] of WISHES) {
  test(`chooses ${name} (RFC 4647 lookup)`, () => {
    assert.equal(lookUpLocale({ uiLocales, acceptLanguage }, AVAILABLE), expected)
  })
}

test('any field, however long, is answered and bounded', () => {
  const long = {
    acceptLanguage: `${'fr,'.repeat(100_000)}de`,
    uiLocales: `${'x '.repeat(100_000)}de`,
  }
  assert.equal(lookUpLocale(long, AVAILABLE), undefined)
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (uiLocales, acceptLanguage) => {
      const found = lookUpLocale({ uiLocales, acceptLanguage }, AVAILABLE)
      assert.ok(found === undefined || AVAILABLE.has(found))
    }),
  )
})

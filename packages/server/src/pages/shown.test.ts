import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { EMPTY_NAMES, SPOOFS } from './attacks.ts'
import { MAX_SHOWN_CHARS, shown, shownName } from './shown.ts'

for (const { name, text, shown: expected } of SPOOFS) {
  test(`SR-052: shows ${name} for what it is`, () => {
    assert.equal(shown(text), expected)
  })
}

for (const { name, text } of EMPTY_NAMES) {
  test(`SR-052: a client with ${name} for a name is called by its id`, () => {
    assert.equal(shownName(text, 'cli_7Qm2xT'), 'cli_7Qm2xT')
  })
}

for (const name of [
  'Acme',
  'Größe',
  '東京',
  'مصر',
  'कंपनी',
  '7',
  '€',
  '🎉',
  "O'Neill & Söhne <GmbH>",
]) {
  test(`leaves an honest name alone: ${name}`, () => {
    assert.equal(shownName(name, 'id'), name)
  })
}

test('a letter in two parts is the letter, so that equal names are equal', () => {
  assert.equal(shown('Gro\u0308\u00dfe'), 'Gr\u00f6\u00dfe')
})

test('whatever comes in, no invisible character comes out, and not more than was allowed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const clean = shown(text)
      assert.doesNotMatch(clean, /[\p{C}\p{Default_Ignorable_Code_Point}\u2028\u2029]/u)
      assert.doesNotMatch(clean, /\p{M}{4}/u)
      assert.ok(Array.from(clean).length <= MAX_SHOWN_CHARS)
    }),
  )
})

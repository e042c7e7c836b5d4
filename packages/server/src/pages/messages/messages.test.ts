import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { html } from '../markup.ts'
import type { MessageKey, Messages } from './catalogue.ts'
import { DE } from './de.ts'
import { EN } from './en.ts'
import { speaker } from './say.ts'

const CATALOGUES: Readonly<Record<string, Messages>> = { en: EN, de: DE }
const spoken = (locale: string, messages: Messages): ReturnType<typeof speaker> =>
  speaker({ locale, direction: 'ltr', messages })

const texts = (message: Messages[MessageKey]): readonly string[] =>
  typeof message === 'string' ? [message] : Object.values(message)
const places = (message: Messages[MessageKey]): string =>
  [...new Set(texts(message).flatMap((text) => text.match(/\{[^}]*\}/g) ?? []))].toSorted().join()

for (const [locale, messages] of Object.entries(CATALOGUES)) {
  test(`${locale} has every message, with the places that English has`, () => {
    assert.deepEqual(Object.keys(messages), Object.keys(EN))
    for (const [key, message] of Object.entries(messages)) {
      // Keys of a catalogue are message keys; Object.entries forgets it.
      assert.equal(places(message), places(EN[key as MessageKey]), key)
      for (const text of texts(message)) assert.ok(text.trim() !== '', key)
    }
  })

  test(`${locale} has the plural forms of its language`, () => {
    const needed = new Intl.PluralRules(locale).resolvedOptions().pluralCategories.toSorted()
    for (const [key, message] of Object.entries(messages)) {
      if (typeof message !== 'string')
        assert.deepEqual(Object.keys(message).toSorted(), needed, key)
    }
  })
}

test('every message is said by a page', () => {
  const folder = new URL('../', import.meta.url)
  const sources = readdirSync(folder)
    .filter((name) => /^[a-z-]+\.ts$/.test(name))
    .map((name) => readFileSync(new URL(name, folder), 'utf8'))
    .join('\n')
  const said = sources + readFileSync(new URL('say.ts', import.meta.url), 'utf8')
  const composed = /^(scope|page|consent|place|account|device|error)\./
  const silent = Object.keys(EN).filter((key) => !said.includes(`'${key}'`) && !composed.test(key))
  assert.deepEqual(silent, [])
})

const DURATIONS = [
  [2_592_000, '30 days', '30 Tage'],
  [86_400, '1 day', '1 Tag'],
  [5400, '90 minutes', '90 Minuten'],
  [3600, '1 hour', '1 Stunde'],
  [61, '61 seconds', '61 Sekunden'],
  [0.4, '1 second', '1 Sekunde'],
] as const

for (const [seconds, en, de] of DURATIONS) {
  test(`says ${seconds} seconds as ${en}`, () => {
    assert.equal(spoken('en', EN).duration(seconds), en)
    assert.equal(spoken('de', DE).duration(seconds), de)
  })
}

test('counts in the plural of the language, and escapes what it fills in', () => {
  const { say, time } = spoken('en', EN)
  assert.equal(String(say('account.sessions.count', { count: 1 })), '1 session')
  assert.equal(String(say('account.sessions.count', { count: 2 })), '2 sessions')
  assert.equal(String(say('account.as', { user: '<b>{user}' })), 'Signed in as &lt;b&gt;{user}')
  assert.equal(String(say('account.as', { user: html`<b>x</b>` })), 'Signed in as <b>x</b>')
  assert.match(
    String(time(1_795_514_400)),
    /^<time datetime="2026-11-24T10:00:00.000Z">.*UTC<\/time>$/,
  )
  assert.equal(String(time(null)), 'never')
})

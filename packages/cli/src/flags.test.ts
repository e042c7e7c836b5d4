import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatDuration, parseDuration } from './duration.ts'
import { Flags } from './flags.ts'

test('durations read and write', () => {
  for (const [text, seconds] of [
    ['45s', 45],
    ['30m', 1800],
    ['12h', 43_200],
    ['90d', 7_776_000],
  ] as const) {
    assert.equal(parseDuration(text), seconds)
  }
  for (const text of ['', '5', 'm', '1.5h', '-1h', '1w', '1h ', '99999999999d'])
    assert.equal(parseDuration(text), undefined, text)
  assert.equal(formatDuration(900), '15m')
  assert.equal(formatDuration(61), '61s')
  assert.equal(formatDuration(0), '0s')
})

test('a list is repeated, comma separated, or both', () => {
  const flags = new Flags({ scope: ['a b', 'c,d', ' '] })
  assert.deepEqual(flags.list('scope'), ['a', 'b', 'c', 'd'])
  assert.deepEqual(flags.list('absent'), [])
})

test('what is missing or wrong is a usage error that names the flag', () => {
  const flags = new Flags({ limit: '1e3', overlap: 'soon' })
  const refused = { code: 'usage' }
  assert.throws(() => flags.required('keyFile'), { ...refused, message: '--key-file is missing' })
  assert.throws(() => flags.integer('limit'), refused)
  assert.throws(() => flags.seconds('overlap'), refused)
})

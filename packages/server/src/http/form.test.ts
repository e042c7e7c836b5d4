import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { parseForm } from './form.ts'

test('reads what URLSearchParams writes', () => {
  const text = fc.string({ unit: 'grapheme' })
  fc.assert(
    fc.property(fc.dictionary(text, text), (fields) => {
      const given = Object.entries(fields).filter(([name]) => name !== 'resource')
      const form = parseForm(new URLSearchParams(given).toString())
      assert.ok(form.ok)
      for (const [name, value] of given) assert.equal(form.value.get(name) ?? '', value)
    }),
  )
})

test('never throws, whatever the bytes', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseForm(text)))
})

test('refuses a parameter that comes twice, however it is escaped (SR-012)', () => {
  for (const text of ['a=1&a=1', 'a=1&%61=2', 'a&a', 'a=&a=1']) {
    assert.equal(parseForm(text).ok, false, text)
  }
})

test('collects resources, which RFC 8707 §2 allows to repeat', () => {
  const form = parseForm('resource=a&resource=b')
  assert.deepEqual(form.ok && form.value.resources, ['a', 'b'])
})

test('refuses broken escapes and broken UTF-8', () => {
  for (const text of ['a=%', 'a=%4', 'a=%zz', 'a=%ff', '%=1']) {
    assert.equal(parseForm(text).ok, false, text)
  }
})

test('takes names of JavaScript as names', () => {
  const form = parseForm('__proto__=1&constructor=2')
  assert.equal(form.ok && form.value.get('__proto__'), '1')
  assert.equal(form.ok && form.value.get('toString'), undefined)
})

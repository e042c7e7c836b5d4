import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { canonicalJson } from './canonical-json.ts'

test('equal values give equal texts, whatever the order of their members', () => {
  const shuffled = { b: [1, { d: null, c: 'é' }], a: '"\n', ä: 1e21, __proto: true }
  const expected = String.raw`{"__proto":true,"a":"\"\n","b":[1,{"c":"é","d":null}],"ä":1e+21}`
  assert.equal(canonicalJson(shuffled), expected)
})

test('the text is JSON for the same value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const plain: unknown = JSON.parse(JSON.stringify(value))
      assert.deepEqual(JSON.parse(canonicalJson(plain)), plain)
    }),
  )
})

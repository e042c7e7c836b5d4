import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { parseCursor, serializeCursor } from './cursor.ts'

test('a cursor names the position it was made from', () => {
  fc.assert(
    fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (position) =>
      assert.equal(parseCursor(serializeCursor(position)), position),
    ),
  )
})

test('no text makes a cursor throw or a position that is no safe integer', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const position = parseCursor(text)
      assert.ok(position === undefined || Number.isSafeInteger(position))
    }),
  )
  assert.equal(parseCursor(Buffer.from('p9999999999999999').toString('base64url')), undefined)
})

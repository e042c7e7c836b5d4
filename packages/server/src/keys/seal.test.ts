import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { ConfigError, Secret } from 'countersign'
import { seal, unseal } from './seal.ts'

const kek = (): Secret => new Secret(randomBytes(32).toString('base64url'))
const PLACE = 'signing-key/default/k1'

test('opens what it sealed, under the newest of several versions', () => {
  const ring = new Map([
    [1, kek()],
    [2, kek()],
  ])
  const { sealed, kekVersion } = seal(ring, 'private', PLACE)
  assert.equal(kekVersion, 2)
  assert.equal(unseal(ring, sealed, PLACE), 'private')
  assert.ok(!sealed.includes(Buffer.from('private').toString('base64url')))
})

test('never seals the same text twice the same way', () => {
  const ring = new Map([[1, kek()]])
  assert.notEqual(seal(ring, 'private', PLACE).sealed, seal(ring, 'private', PLACE).sealed)
})

test('refuses a sealed text in another place, so that rows cannot be swapped', () => {
  const ring = new Map([[1, kek()]])
  const { sealed } = seal(ring, 'private', PLACE)
  assert.throws(() => unseal(ring, sealed, 'signing-key/acme/k1'))
})

test('refuses a sealed text with any one character changed', () => {
  const ring = new Map([[1, kek()]])
  const { sealed } = seal(ring, 'private', PLACE)
  // Not the last: its low bits are no part of the bytes.
  for (let index = 0; index < sealed.length - 1; index += 1) {
    const other = sealed[index] === 'A' ? 'B' : 'A'
    const altered = sealed.slice(0, index) + other + sealed.slice(index + 1)
    assert.throws(() => unseal(ring, altered, PLACE), `position ${index}`)
  }
})

test('refuses a shortened authentication tag', () => {
  const ring = new Map([[1, kek()]])
  const { sealed } = seal(ring, 'private', PLACE)
  assert.throws(() => unseal(ring, sealed.slice(0, -8), PLACE))
})

test('names the missing version, for the operator', () => {
  const { sealed } = seal(new Map([[1, kek()]]), 'private', PLACE)
  assert.throws(
    () => unseal(new Map([[2, kek()]]), sealed, PLACE),
    (error) => error instanceof ConfigError && error.message.includes('version 1'),
  )
})

test('refuses a key of the wrong size', () => {
  const short = new Map([[1, new Secret(randomBytes(16).toString('base64url'))]])
  assert.throws(() => seal(short, 'private', PLACE), ConfigError)
})

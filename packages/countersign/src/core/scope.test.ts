import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { ConfigError } from './errors.ts'
import { assertScopes, coversScope, isScope, missingScope, parseScope } from './scope.ts'

describe('a scope', () => {
  it('is segments joined by colons, the last of which may be a star', () => {
    for (const good of [
      'a',
      'orders:read',
      'orders:read:own',
      'orders:*',
      'a.b/c-d_e:*',
      'openid',
    ]) {
      assert.ok(isScope(good), good)
    }
    for (const bad of [
      '',
      '*',
      ':*',
      'a:',
      ':a',
      'a::b',
      '*:a',
      'a:*:b',
      'a:*b',
      'a b',
      'é',
      'a"',
      'a'.repeat(129),
    ]) {
      assert.ok(!isScope(bad), bad)
    }
  })

  it('covers itself, and with a star everything below it and nothing else', () => {
    for (const [granted, required, expected] of [
      ['orders:read', 'orders:read', true],
      ['orders:*', 'orders:read', true],
      ['orders:*', 'orders:read:own', true],
      ['orders:*', 'orders', false],
      ['orders:*', 'ordersx:read', false],
      ['orders', 'orders:read', false],
      ['orders:read', 'orders:*', false],
      ['orders:*', 'orders:*', true],
      ['orders:read:*', 'orders:read', false],
      ['orders:read', 'ORDERS:READ', false],
      ['*', 'orders:read', false],
      [':*', ':x', true],
    ] as const) {
      assert.equal(coversScope([granted], required), expected, `${granted} covers ${required}`)
    }
  })

  it('set that is empty covers nothing (SR-203)', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (required) => {
        assert.equal(coversScope([], required), false)
        assert.equal(missingScope([], [required]), required)
      }),
    )
    assert.equal(missingScope([], []), undefined)
  })

  it('that is missing is named, the first one', () => {
    assert.equal(missingScope(['a', 'b:*'], ['a', 'b:x', 'c', 'd']), 'c')
  })

  it('list is split at spaces, without repeats and without empty ones', () => {
    assert.deepEqual(parseScope('b a  b a '), ['b', 'a'])
    assert.deepEqual(parseScope(''), [])
    assert.deepEqual(parseScope('a\tb'), ['a\tb'])
  })

  it('is checked in options', () => {
    assertScopes(['a', 'b:*'], 'x')
    assert.throws(() => assertScopes(['a', '*'], 'requirement.scopes'), ConfigError)
  })
})

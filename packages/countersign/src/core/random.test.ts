import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { randomBase62, randomId } from './random.ts'

describe('random text', () => {
  it('is base62 of the length that was asked for', () => {
    for (const length of [0, 1, 12, 32, 43, 5000]) {
      assert.match(randomBase62(length), new RegExp(`^[0-9A-Za-z]{${length}}$`))
    }
  })

  it('favours no character', () => {
    const total = 200_000
    const counts = new Map<string, number>()
    for (const letter of randomBase62(total).split('')) {
      counts.set(letter, (counts.get(letter) ?? 0) + 1)
    }
    assert.equal(counts.size, 62)
    const expected = total / 62
    const chiSquare = [...counts.values()].reduce(
      (sum, n) => sum + (n - expected) ** 2 / expected,
      0,
    )
    // 61 degrees of freedom: above 130 once in a million runs; taking bytes modulo 62 gives 6000.
    assert.ok(chiSquare < 130, `chi-square ${chiSquare}`)
  })

  it('does not repeat', () => {
    const ids = Array.from({ length: 20_000 }, () => randomId('dec'))
    assert.equal(new Set(ids).size, ids.length)
    assert.match(String(ids[0]), /^dec_[0-9A-Za-z]{22}$/)
  })
})

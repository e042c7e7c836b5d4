import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { LruCache } from './lru.ts'

describe('the bounded map', () => {
  it('never holds more than its bound (SR-503)', () => {
    const cache = new LruCache<number, number>(10)
    for (let key = 0; key < 1000; key += 1) cache.set(key, key)
    assert.equal(cache.size, 10)
    assert.equal(cache.get(989), undefined)
    assert.equal(cache.get(990), 990)
  })

  it('drops what was not used longest', () => {
    const cache = new LruCache<string, number>(2)
    cache.set('a', 1)
    cache.set('b', 2)
    cache.get('a')
    cache.set('c', 3)
    assert.deepEqual([cache.get('a'), cache.get('b'), cache.get('c')], [1, undefined, 3])
  })

  it('does not count a peek as use', () => {
    const cache = new LruCache<string, number>(2)
    cache.set('a', 1)
    cache.set('b', 2)
    assert.equal(cache.peek('a'), 1)
    cache.set('c', 3)
    assert.equal(cache.peek('a'), undefined)
  })

  it('drops nothing when an entry is replaced', () => {
    const cache = new LruCache<string, number>(2)
    cache.set('a', 1)
    cache.set('b', 2)
    cache.set('a', 3)
    assert.deepEqual([cache.size, cache.get('a'), cache.get('b')], [2, 3, 2])
  })

  it('forgets one, some or all', () => {
    const cache = new LruCache<number, number>(10)
    for (let key = 0; key < 10; key += 1) cache.set(key, key)
    cache.delete(0)
    cache.deleteWhere((value) => value % 2 === 1)
    assert.equal(cache.size, 4)
    cache.clear()
    assert.equal(cache.size, 0)
  })

  it('holds at least one entry, whatever it was told', () => {
    const cache = new LruCache<number, number>(0)
    cache.set(1, 1)
    assert.equal(cache.get(1), 1)
  })
})

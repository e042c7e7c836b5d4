import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { format, inspect } from 'node:util'
import { equalDigests } from './constant-time.ts'
import { Secret } from './secret.ts'

const TEXT = 'hunter2-hunter2'

describe('a secret', () => {
  it('shows itself to nobody who did not ask (SR-501)', () => {
    const secret = new Secret(TEXT)
    const error = new Error('x', { cause: secret })
    for (const shown of [
      String(secret),
      `about ${secret.toString()}`,
      JSON.stringify(secret),
      JSON.stringify({ deep: [{ secret }] }),
      inspect(secret),
      inspect({ secret }, { depth: 9, showHidden: true, getters: true }),
      format('%s %o %j', secret, secret, secret),
      inspect(error),
      JSON.stringify(Object.entries(secret)),
      JSON.stringify(structuredClone({ held: secret })),
    ]) {
      assert.ok(!shown.includes(TEXT), shown)
    }
  })

  it('is given to whoever asks', () => {
    assert.equal(new Secret(TEXT).reveal(), TEXT)
  })
})

describe('the comparison of digests', () => {
  it('tells equal from different at every position', () => {
    const digest = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ'
    assert.ok(equalDigests(digest, digest))
    assert.ok(!equalDigests(digest, `${digest}x`))
    assert.ok(!equalDigests('', digest))
    for (let at = 0; at < digest.length; at += 1) {
      assert.ok(!equalDigests(digest, `${digest.slice(0, at)}!${digest.slice(at + 1)}`))
    }
  })
})

import assert from 'node:assert/strict'
import type { Module } from '../runner/module.ts'

/** FAPI 2.0 Security Profile §5.3.2.1-13. SR-033. */
export const module: Module = {
  plans: ['fapi2'],
  shows: 'an assertion from a clock that is eight seconds ahead is taken',
  async run({ client, target }) {
    const ahead = target.now() + 8
    const claims = { iat: ahead, nbf: ahead, exp: ahead + 60 }
    assert.equal((await client.push(client.ask(), { assertion: { claims } })).status, 201)
  },
}

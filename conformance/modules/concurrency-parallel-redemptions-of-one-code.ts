import assert from 'node:assert/strict'
import { authorize, assertRefused } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

const TIMES = 50

/** After OAuch's concurrency tests; RFC 6749 §4.1.2. SR-015. */
export const module: Module = {
  plans: ['oauth21', 'fapi2'],
  shows: 'one code that is redeemed 50 times at once gives one grant, and no second refresh token',
  async run(scene) {
    const { client } = scene
    const { asked, code } = await authorize(scene)
    const all = await Promise.all(Array.from({ length: TIMES }, () => client.redeem(code, asked)))
    const given = all.filter(({ status }) => status === 200)
    assert.ok(given.length > 0, 'nobody got tokens')
    const refreshed = new Set(given.map(({ body }) => body['refresh_token']))
    assert.equal(refreshed.size, 1, `${refreshed.size} refresh tokens of one code`)
    for (const wire of all) if (wire.status !== 200) assertRefused(wire, ['invalid_grant'])
  },
}

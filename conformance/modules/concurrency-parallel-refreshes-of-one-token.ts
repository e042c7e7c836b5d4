import assert from 'node:assert/strict'
import { authorize, redeem, assertTokens } from '../runner/flow.ts'
import { needs } from '../runner/outcome.ts'
import type { Module } from '../runner/module.ts'

const TIMES = 50

/** After OAuch's concurrency tests; RFC 9700 §4.14.2. SR-022. */
export const module: Module = {
  plans: ['oauth21', 'fapi2'],
  shows: 'one refresh token that is used 50 times at once has one successor, which works',
  async run(scene) {
    const { client } = scene
    const { refresh_token: token } = await redeem(await authorize(scene), client)
    needs(typeof token === 'string', 'the client gets no refresh tokens')
    const all = await Promise.all(Array.from({ length: TIMES }, () => client.refresh(token)))
    const given = all.filter(({ status }) => status === 200)
    assert.ok(given.length > 0, 'nobody got tokens')
    const successors = new Set(given.map(({ body: { refresh_token: one = token } }) => one))
    assert.equal(successors.size, 1, `${successors.size} successors of one token`)
    const [successor] = successors
    assert.ok(typeof successor === 'string')
    assertTokens(await client.refresh(successor), client)
  },
}

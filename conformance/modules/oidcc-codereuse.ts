import assert from 'node:assert/strict'
import { assertRefused } from '../runner/flow.ts'
import { acceptsRequest } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** OpenID Connect Core §3.1.3.2; at once, so that a server may take it for a lost answer. SR-015. */
export const module: Module = {
  plans: ['oidc-basic'],
  shows: 'a code that is used twice at once gives no second grant',
  async run(scene) {
    const { authorized, tokens } = await acceptsRequest(scene, {})
    const again = await scene.client.redeem(authorized.code, authorized.asked)
    if (again.status !== 200) return assertRefused(again, ['invalid_grant'])
    assert.equal(again.body['refresh_token'], tokens['refresh_token'], 'a second grant')
  },
}

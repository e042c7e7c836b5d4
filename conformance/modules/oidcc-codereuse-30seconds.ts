import assert from 'node:assert/strict'
import { assertRefused } from '../runner/flow.ts'
import { needs } from '../runner/outcome.ts'
import { acceptsRequest } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** OpenID Connect Core §3.1.3.2, RFC 6749 §4.1.2. SR-015. */
export const module: Module = {
  plans: ['oidc-basic'],
  shows: 'a code that is used again 30 seconds later is refused, and userinfo with it',
  async run(scene) {
    const { authorized, tokens } = await acceptsRequest(scene, {})
    const { target, server } = scene
    needs(target.wait !== undefined, 'time does not pass here')
    await target.wait(30)
    const again = await scene.client.redeem(authorized.code, authorized.asked)
    assertRefused(again, ['invalid_grant'])
    const headers = { authorization: `Bearer ${String(tokens['access_token'])}` }
    const { status } = await fetch(String(server.userinfo_endpoint), { headers })
    assert.equal(status, 401)
  },
}

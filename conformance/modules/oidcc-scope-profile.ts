import assert from 'node:assert/strict'
import { needs } from '../runner/outcome.ts'
import { listOf } from '../runner/discovery.ts'
import { acceptsRequest, userinfo } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** OpenID Connect Core §5.4. */
export const module: Module = {
  plans: ['oidc-basic'],
  shows: 'scope=profile is taken, and userinfo has a name',
  async run(scene) {
    needs(listOf(scene.server, 'scopes_supported').includes('profile'), 'there is no such scope')
    const { tokens } = await acceptsRequest(scene, { scope: 'openid profile' })
    assert.equal(typeof (await userinfo(scene, tokens['access_token']))['name'], 'string')
  },
}

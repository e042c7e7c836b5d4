import assert from 'node:assert/strict'
import { needs } from '../runner/outcome.ts'
import { acceptsRequest, userinfo } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** OpenID Connect Core §5.5. */
export const module: Module = {
  plans: ['oidc-basic'],
  shows: 'a claim that is asked for by name is told by userinfo',
  async run(scene) {
    needs(scene.server.all['claims_parameter_supported'] === true, 'the server takes no claims')
    const claims = JSON.stringify({ userinfo: { name: { essential: true } } })
    const { tokens } = await acceptsRequest(scene, { claims })
    assert.equal(typeof (await userinfo(scene, tokens['access_token']))['name'], 'string')
  },
}

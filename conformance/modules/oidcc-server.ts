import assert from 'node:assert/strict'
import { readIdToken, acceptsRequest, userinfo } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** OpenID Connect Core §3.1: code flow, ID token, userinfo of the same person. */
export const module: Module = {
  plans: ['oidc-basic'],
  shows: 'a code gives an ID token with the nonce, of the person that userinfo tells of',
  async run(scene) {
    const { authorized, tokens } = await acceptsRequest(scene, {})
    const claims = await readIdToken(scene, tokens)
    assert.equal(claims['nonce'], authorized.asked.parameters['nonce'])
    assert.equal((await userinfo(scene, tokens['access_token']))['sub'], claims.sub)
  },
}

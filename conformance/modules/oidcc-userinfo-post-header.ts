import assert from 'node:assert/strict'
import { acceptsRequest, userinfo } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** OpenID Connect Core §5.3.1. */
export const module: Module = {
  plans: ['oidc-basic'],
  shows: 'userinfo answers POST with the token in Authorization',
  async run(scene) {
    const { tokens } = await acceptsRequest(scene, {})
    const told = await userinfo(scene, tokens['access_token'], { method: 'POST' })
    assert.equal(typeof told['sub'], 'string')
  },
}

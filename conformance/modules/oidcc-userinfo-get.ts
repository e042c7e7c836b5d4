import assert from 'node:assert/strict'
import { acceptsRequest, userinfo } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** OpenID Connect Core §5.3.1. */
export const module: Module = {
  plans: ['oidc-basic'],
  shows: 'userinfo answers GET with the token in Authorization',
  async run(scene) {
    const { tokens } = await acceptsRequest(scene, {})
    assert.equal(typeof (await userinfo(scene, tokens['access_token']))['sub'], 'string')
  },
}

import assert from 'node:assert/strict'
import { readIdToken, acceptsRequest } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** OpenID Connect Core §3.1.2.1. */
export const module: Module = {
  plans: ['oidc-basic'],
  shows: 'a request without nonce succeeds, and the ID token has none',
  async run(scene) {
    const { tokens } = await acceptsRequest(scene, { nonce: undefined })
    assert.equal((await readIdToken(scene, tokens))['nonce'], undefined)
  },
}

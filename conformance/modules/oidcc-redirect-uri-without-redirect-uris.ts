import assert from 'node:assert/strict'
import { assertError } from '../runner/outcome.ts'
import { register } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** RFC 7591 §2: required for the code flow. SR-053. */
export const module: Module = {
  plans: ['oidc-dynamic'],
  shows: 'a client of the code flow cannot be registered without redirect URIs',
  async run(scene) {
    const wire = await register(scene, { redirect_uris: undefined })
    assert.equal(wire.status, 400)
    assertError(wire.body['error'], ['invalid_redirect_uri', 'invalid_client_metadata'])
  },
}

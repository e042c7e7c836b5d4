import assert from 'node:assert/strict'
import { assertError } from '../runner/outcome.ts'
import { register } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** RFC 9700 §2.6. SR-003. */
export const module: Module = {
  plans: ['oidc-dynamic'],
  shows: 'an http: redirect URI of a web client cannot be registered',
  async run(scene) {
    const wire = await register(scene, { redirect_uris: ['http://app.example.com/cb'] })
    assert.equal(wire.status, 400)
    assertError(wire.body['error'], ['invalid_redirect_uri', 'invalid_client_metadata'])
  },
}

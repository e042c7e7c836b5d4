import assert from 'node:assert/strict'
import { assertError } from '../runner/outcome.ts'
import { register } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** OpenID Connect Registration §2: no fragment. SR-053. */
export const module: Module = {
  plans: ['oidc-dynamic'],
  shows: 'a redirect URI with a fragment cannot be registered',
  async run(scene) {
    const uri = `${scene.client.description.redirect_uri}#foobar`
    const wire = await register(scene, { redirect_uris: [uri] })
    assert.equal(wire.status, 400)
    assertError(wire.body['error'], ['invalid_redirect_uri', 'invalid_client_metadata'])
  },
}

import assert from 'node:assert/strict'
import { register } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** RFC 7591 §3, OpenID Connect Registration §3. SR-053. */
export const module: Module = {
  plans: ['oidc-dynamic'],
  shows: 'a client registers itself and is told what it is; nonsense is refused',
  async run(scene) {
    const { status, body } = await register(scene, {})
    assert.equal(status, 201, JSON.stringify(body))
    assert.equal(typeof body['client_id'], 'string')
    assert.deepEqual(body['redirect_uris'], [scene.client.description.redirect_uri])
  },
}

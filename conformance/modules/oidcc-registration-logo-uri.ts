import assert from 'node:assert/strict'
import { assertError } from '../runner/outcome.ts'
import { register } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** OpenID Connect Registration §2. SR-053. */
export const module: Module = {
  plans: ['oidc-dynamic'],
  shows: 'logo_uri, policy_uri and tos_uri of a client are taken, and a script for one is not',
  async run(scene) {
    const at = 'https://app.example.com'
    const all = { logo_uri: `${at}/logo.png`, policy_uri: `${at}/policy`, tos_uri: `${at}/tos` }
    assert.equal((await register(scene, all)).status, 201)
    // oxlint-disable-next-line no-script-url -- what a stranger would try
    const wire = await register(scene, { logo_uri: 'javascript:alert(1)' })
    if (wire.status === 400) return assertError(wire.body['error'], ['invalid_client_metadata'])
    // A server may leave out what it does not take (RFC 7591 §3.2.1).
    assert.equal(wire.body['logo_uri'], undefined)
  },
}

import assert from 'node:assert/strict'
import { listOf } from '../runner/discovery.ts'
import { readWire } from '../runner/party.ts'
import type { Module } from '../runner/module.ts'

/** FAPI 2.0 Security Profile §5.3.2.1, RFC 8414 §2, RFC 9207 §3. SR-005, SR-018, SR-032, SR-041, SR-055. */
export const module: Module = {
  plans: ['fapi2'],
  shows: 'discovery says what the profile asks for, and offers nothing that it forbids',
  async run({ server }) {
    const told = 'authorization_response_iss_parameter_supported'
    assert.equal(server.all[told], true, told)
    assert.equal(server.require_pushed_authorization_requests, true, 'PAR is not required')
    assert.ok(typeof server.pushed_authorization_request_endpoint === 'string', 'there is no PAR')
    assert.deepEqual(listOf(server, 'code_challenge_methods_supported'), ['S256'])
    const types = listOf(server, 'response_types_supported')
    assert.ok(
      types.every((type) => type === 'code'),
      `response types ${types.join(', ')}`,
    )
    const methods = ['private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth']
    for (const method of listOf(server, 'token_endpoint_auth_methods_supported')) {
      assert.ok(methods.includes(String(method)), `${String(method)} is no method of the profile`)
    }
    for (const [name, list] of Object.entries(server.all)) {
      if (!name.endsWith('_alg_values_supported') || !Array.isArray(list)) continue
      assert.ok(!list.includes('none') && !list.includes('RS256'), `${name}: ${list.join(', ')}`)
    }
    const keys = await readWire(await fetch(server.jwks_uri))
    assert.ok(Array.isArray(keys.body['keys']) && keys.body['keys'].length > 0)
  },
}

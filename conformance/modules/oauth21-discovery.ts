import assert from 'node:assert/strict'
import { listOf, wellKnown } from '../runner/discovery.ts'
import { readWire } from '../runner/party.ts'
import type { Module } from '../runner/module.ts'

/** OAuth 2.1 §4.1, RFC 8414 §3, RFC 9207 §3. SR-005, SR-010, SR-018, SR-055. */
export const module: Module = {
  plans: ['oauth21'],
  shows:
    'discovery is at both places, says S256 and iss, and offers no grant that OAuth 2.1 took away',
  async run({ server, target }) {
    for (const url of wellKnown(target.issuer)) {
      // oxlint-disable-next-line no-await-in-loop -- two documents
      const { status, body } = await readWire(await fetch(url))
      assert.equal(status, 200, url)
      assert.equal(body['issuer'], target.issuer)
    }
    assert.equal(server.all['authorization_response_iss_parameter_supported'], true)
    assert.deepEqual(listOf(server, 'code_challenge_methods_supported'), ['S256'])
    assert.deepEqual(listOf(server, 'response_types_supported'), ['code'])
    const grants = listOf(server, 'grant_types_supported')
    assert.ok(!grants.includes('password') && !grants.includes('implicit'))
  },
}

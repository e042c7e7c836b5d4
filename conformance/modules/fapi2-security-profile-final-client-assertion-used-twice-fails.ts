import assert from 'node:assert/strict'
import { assertRefused } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** RFC 7523 §3 `jti`; no module of the OpenID Foundation's. SR-033. */
export const module: Module = {
  plans: ['fapi2'],
  shows: 'an assertion is taken once',
  async run({ client, target }) {
    const claims = { jti: `once-${target.now()}-${client.description.client_id}` }
    const tweak = { assertion: { claims } }
    assert.equal((await client.push(client.ask(), tweak)).status, 201)
    assertRefused(await client.push(client.ask(), tweak), ['invalid_client', 'invalid_request'])
  },
}

import { assertRefused } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** RFC 9700 §2.4. SR-010. */
export const module: Module = {
  plans: ['oauth21', 'fapi2'],
  shows: 'the token endpoint has no password grant',
  async run({ client, server }) {
    const form = { grant_type: 'password', username: 'alice', password: 'wonderland' }
    const wire = await client.post(server.token_endpoint, form)
    assertRefused(wire, ['unsupported_grant_type', 'unauthorized_client'])
  },
}

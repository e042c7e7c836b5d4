import { assertRefused } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** OAuth 2.1 §3.1; no module of the OpenID Foundation's. SR-012. */
export const module: Module = {
  plans: ['fapi2', 'oauth21'],
  shows: 'a parameter that is there twice is refused',
  async run({ client }) {
    const wire = await client.push(client.ask(), { more: '&state=another' })
    assertRefused(wire, ['invalid_request'])
  },
}

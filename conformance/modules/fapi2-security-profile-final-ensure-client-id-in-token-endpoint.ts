import { authorize, assertRefused, otherOf } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** RFC 6749 §4.1.3: a code is for one client, whoever signs. SR-029. */
export const module: Module = {
  plans: ['fapi2'],
  shows: 'the id of another client with the assertion of this one is refused',
  async run(scene) {
    const other = await otherOf(scene)
    const { asked, code } = await authorize(scene)
    const form = { client_id: other.description.client_id }
    const wire = await scene.client.redeem(code, asked, { form })
    assertRefused(wire, ['invalid_client', 'invalid_request', 'invalid_grant'])
  },
}

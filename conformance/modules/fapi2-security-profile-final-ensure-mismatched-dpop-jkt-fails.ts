import { assertRefused } from '../runner/flow.ts'
import { needs } from '../runner/outcome.ts'
import type { Module } from '../runner/module.ts'

/** RFC 9449 §10.1: the proof at the PAR endpoint and `dpop_jkt` name one key. SR-038. */
export const module: Module = {
  plans: ['fapi2'],
  shows: 'a dpop_jkt of another key than the proof beside it is refused',
  async run({ client }) {
    needs(client.description.dpop === true, 'the client does not use DPoP')
    const asked = client.ask({ dpop_jkt: 'A'.repeat(43) })
    const wire = await client.push(asked, { proof: {} })
    assertRefused(wire, ['invalid_request', 'invalid_dpop_proof'])
  },
}

import { authorize, assertRefused } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** RFC 9700 §4.8.2: what was not challenged cannot be verified; and a request without challenge fails first. SR-014. */
export const module: Module = {
  plans: ['oauth21', 'fapi2'],
  shows: 'a verifier of the plain method, the challenge itself, is refused',
  async run(scene) {
    const { asked, code } = await authorize(scene)
    const form = { code_verifier: String(asked.parameters['code_challenge']) }
    assertRefused(await scene.client.redeem(code, asked, { form }), ['invalid_grant'])
  },
}

import { authorize, assertRefused } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** RFC 7636 §4.6. SR-014. */
export const module: Module = {
  plans: ['fapi2', 'oauth21'],
  shows: 'a code is refused without its verifier',
  async run(scene) {
    const { asked, code } = await authorize(scene)
    const wire = await scene.client.redeem(code, asked, { form: { code_verifier: undefined } })
    assertRefused(wire, ['invalid_grant', 'invalid_request'])
  },
}

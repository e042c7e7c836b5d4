import { authorize, assertRefused } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** RFC 7636 §4.6. SR-013. */
export const module: Module = {
  plans: ['fapi2', 'oauth21'],
  shows: 'a code is refused with another verifier',
  async run(scene) {
    const { asked, code } = await authorize(scene)
    const form = { code_verifier: 'x'.repeat(43) }
    assertRefused(await scene.client.redeem(code, asked, { form }), [
      'invalid_grant',
      'invalid_request',
    ])
  },
}

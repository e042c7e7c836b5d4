import { authorize, assertRefused, otherOf } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** RFC 6749 §4.1.3. SR-015. */
export const module: Module = {
  plans: ['fapi2', 'oauth21'],
  shows: 'a code is refused to another client',
  async run(scene) {
    const other = await otherOf(scene)
    const { asked, code } = await authorize(scene)
    assertRefused(await other.redeem(code, asked), ['invalid_grant'])
  },
}

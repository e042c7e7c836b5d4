import { authorize, assertRefused } from '../runner/flow.ts'
import { needs } from '../runner/outcome.ts'
import type { Module } from '../runner/module.ts'

/** FAPI 2.0 Security Profile §5.3.2.1-11: a code lives 60 seconds at most. SR-016. */
export const module: Module = {
  plans: ['fapi2', 'oauth21'],
  shows: 'a code of 61 seconds ago is refused',
  async run(scene) {
    const { target, client } = scene
    needs(target.wait !== undefined, 'time does not pass here')
    const { asked, code } = await authorize(scene)
    await target.wait(61)
    assertRefused(await client.redeem(code, asked), ['invalid_grant'])
  },
}

import { refusesAssertion } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** FAPI 2.0 Security Profile §5.3.2.1-13. SR-033. */
export const module: Module = {
  plans: ['fapi2'],
  shows: 'an assertion from a clock that is over a minute ahead is refused',
  async run(scene) {
    const ahead = scene.target.now() + 65
    await refusesAssertion(scene, { claims: { iat: ahead, nbf: ahead, exp: ahead + 60 } })
  },
}

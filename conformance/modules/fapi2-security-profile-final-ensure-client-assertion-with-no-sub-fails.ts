import { refusesAssertion } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** RFC 7523 §3. SR-033. */
export const module: Module = {
  plans: ['fapi2'],
  shows: 'an assertion about nobody, or about somebody else, is refused',
  async run(scene) {
    await refusesAssertion(scene, { claims: { sub: undefined } })
    await refusesAssertion(scene, { claims: { sub: 'somebody-else' } })
  },
}

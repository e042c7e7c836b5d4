import { authorize } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** RFC 6749 §4.1.1: a long `state` comes back whole, or the request is refused. */
export const module: Module = {
  plans: ['fapi2', 'oauth21'],
  shows: 'a state of 384 characters comes back whole',
  async run(scene) {
    await authorize(scene, { state: 's'.repeat(384) })
  },
}

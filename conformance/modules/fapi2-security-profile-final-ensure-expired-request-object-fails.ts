import { refusesRequestObject } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** FAPI 2.0 Message Signing §5.3.1. SR-048. */
export const module: Module = {
  plans: ['fapi2'],
  shows: 'an expired request object is refused',
  run: (scene) => {
    const exp = scene.target.now() - 120
    return refusesRequestObject(scene, { difference: { claims: { exp, nbf: exp - 60 } } })
  },
}

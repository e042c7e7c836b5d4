import { refusesRequestObject } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** FAPI 2.0 Message Signing §5.3.1: `exp` at most 60 minutes after `nbf`. */
export const module: Module = {
  plans: ['fapi2'],
  shows: 'a request object that lives over an hour is refused',
  run: (scene) => {
    const exp = scene.target.now() + 3700
    return refusesRequestObject(scene, { difference: { claims: { exp } } })
  },
}

import { refusesRequestObject } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** FAPI 2.0 Message Signing §5.3.1: `nbf` at most 60 minutes ago. */
export const module: Module = {
  plans: ['fapi2'],
  shows: 'a request object of over an hour ago is refused',
  run: (scene) => {
    const nbf = scene.target.now() - 3700
    return refusesRequestObject(scene, { difference: { claims: { nbf, iat: nbf } } })
  },
}

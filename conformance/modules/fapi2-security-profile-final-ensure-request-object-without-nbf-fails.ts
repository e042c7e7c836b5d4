import { refusesRequestObject } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** FAPI 2.0 Message Signing §5.3.1. */
export const module: Module = {
  plans: ['fapi2'],
  shows: 'a request object without nbf is refused',
  run: (scene) => refusesRequestObject(scene, { difference: { claims: { nbf: undefined } } }),
}

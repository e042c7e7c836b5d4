import { refusesRequestObject } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** RFC 9101 §6.2. SR-042. */
export const module: Module = {
  plans: ['fapi2'],
  shows: 'a request object with a broken signature is refused',
  run: (scene) => refusesRequestObject(scene, { difference: { broken: true } }),
}

import { refusesRequestObject } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** RFC 9101 §10.2. SR-041. */
export const module: Module = {
  plans: ['fapi2'],
  shows: 'an unsigned request object is refused',
  run: (scene) => refusesRequestObject(scene, { difference: { header: { alg: 'none' } } }),
}

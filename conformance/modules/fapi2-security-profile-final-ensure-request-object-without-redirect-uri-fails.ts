import { refusesRequestObject } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** FAPI 2.0 Security Profile §5.3.2.2-6. */
export const module: Module = {
  plans: ['fapi2'],
  shows: 'a request object without redirect_uri is refused',
  run: (scene) => refusesRequestObject(scene, { parameters: { redirect_uri: undefined } }),
}

import { refusesRequestObject } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** FAPI 2.0 Message Signing §5.3.1, RFC 9101 §4. */
export const module: Module = {
  plans: ['fapi2'],
  shows: 'a request object for another server is refused',
  run: (scene) =>
    refusesRequestObject(scene, { difference: { claims: { aud: 'https://other.example' } } }),
}

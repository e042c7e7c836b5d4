import { acceptsRequest } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** OAuth 2.1 §3.1. SR-012. */
export const module: Module = {
  plans: ['oidc-basic', 'oauth21', 'fapi2'],
  shows: 'a parameter that nobody knows is ignored',
  run: async (scene) => void (await acceptsRequest(scene, { extra: 'foobar' })),
}

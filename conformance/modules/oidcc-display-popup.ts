import { acceptsRequest } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** OpenID Connect Core §3.1.2.1. */
export const module: Module = {
  plans: ['oidc-basic'],
  shows: 'display=popup is no error',
  run: async (scene) => void (await acceptsRequest(scene, { display: 'popup' })),
}

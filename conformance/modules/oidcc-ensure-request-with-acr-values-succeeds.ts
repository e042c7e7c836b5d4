import { acceptsRequest } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** OpenID Connect Core §3.1.2.1: voluntary. */
export const module: Module = {
  plans: ['oidc-basic'],
  shows: 'acr_values that cannot be met are no error',
  run: async (scene) => void (await acceptsRequest(scene, { acr_values: '1 2' })),
}

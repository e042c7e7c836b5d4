import { acceptsRequest } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** OpenID Connect Core §5.2. */
export const module: Module = {
  plans: ['oidc-basic'],
  shows: 'claims_locales is no error',
  run: async (scene) => void (await acceptsRequest(scene, { claims_locales: 'se' })),
}

import { acceptsRequest } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** RFC 7636. SR-013. */
export const module: Module = {
  plans: ['oidc-basic'],
  shows: 'a request with S256 succeeds',
  run: async (scene) => void (await acceptsRequest(scene, {})),
}

import { needs } from '../runner/outcome.ts'
import { listOf } from '../runner/discovery.ts'
import { acceptsRequest } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** OpenID Connect Core §5.4. */
export const module: Module = {
  plans: ['oidc-basic'],
  shows: 'scope=phone is taken',
  async run(scene) {
    needs(listOf(scene.server, 'scopes_supported').includes('phone'), 'there is no such scope')
    await acceptsRequest(scene, { scope: 'openid phone' })
  },
}

import { needs } from '../runner/outcome.ts'
import { listOf } from '../runner/discovery.ts'
import { acceptsRequest } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** OpenID Connect Core §5.4. */
export const module: Module = {
  plans: ['oidc-basic'],
  shows: 'all scopes of OpenID Connect are taken together',
  async run(scene) {
    const all = ['openid', 'profile', 'email', 'address', 'phone']
    const known = listOf(scene.server, 'scopes_supported')
    needs(
      all.every((scope) => known.includes(scope)),
      'they are not all there',
    )
    await acceptsRequest(scene, { scope: all.join(' ') })
  },
}

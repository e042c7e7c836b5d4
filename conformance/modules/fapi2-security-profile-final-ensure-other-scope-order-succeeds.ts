import { authorize } from '../runner/flow.ts'
import { needs } from '../runner/outcome.ts'
import type { Module } from '../runner/module.ts'

/** RFC 6749 §3.3: the order of scopes means nothing. */
export const module: Module = {
  plans: ['fapi2', 'oauth21', 'oidc-basic'],
  shows: 'scopes in another order are the same request',
  async run(scene) {
    const scopes = scene.client.description.scope.split(' ')
    needs(scopes.length > 1, 'the client has one scope')
    await authorize(scene, { scope: scopes.toReversed().join(' ') })
  },
}

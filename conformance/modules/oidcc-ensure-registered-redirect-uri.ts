import assert from 'node:assert/strict'
import { frontUrl } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** OpenID Connect Core §3.1.2.1. SR-001. */
export const module: Module = {
  plans: ['oidc-basic'],
  shows: 'a redirect URI that is not registered ends on a page',
  async run(scene) {
    const { parameters } = scene.client.ask({ redirect_uri: 'https://evil.example/cb' })
    const { page } = await scene.target.newPerson().look(frontUrl(scene, parameters))
    assert.ok(page !== undefined && page.status >= 400 && page.status < 500)
  },
}

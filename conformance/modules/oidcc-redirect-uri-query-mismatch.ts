import { frontUrl, assertNowhere } from '../runner/flow.ts'
import { registered } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** OpenID Connect Core §3.1.2.1. SR-001. */
export const module: Module = {
  plans: ['oidc-dynamic'],
  shows: 'another query than the registered one is refused',
  async run(scene) {
    const client = await registered(scene, `${scene.client.description.redirect_uri}?foo=bar`)
    const uri = `${scene.client.description.redirect_uri}?bar=foo`
    const url = frontUrl(scene, client.ask({ redirect_uri: uri }).parameters)
    await assertNowhere(scene, url, ['invalid_request'])
  },
}

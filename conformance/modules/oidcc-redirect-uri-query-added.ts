import { frontUrl, assertNowhere } from '../runner/flow.ts'
import { registered } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** OpenID Connect Core §3.1.2.1: a query is a difference. SR-001. */
export const module: Module = {
  plans: ['oidc-dynamic'],
  shows: 'a query that was not registered is refused',
  async run(scene) {
    const client = await registered(scene, scene.client.description.redirect_uri)
    const uri = `${client.description.redirect_uri}?foo=bar`
    const url = frontUrl(scene, client.ask({ redirect_uri: uri }).parameters)
    await assertNowhere(scene, url, ['invalid_request'])
  },
}

import assert from 'node:assert/strict'
import { frontUrl, assertTold, assertTokens } from '../runner/flow.ts'
import { registered } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** OpenID Connect Core §3.1.2.1, RFC 6749 §3.1.2: the query of the client is kept. SR-001. */
export const module: Module = {
  plans: ['oidc-dynamic'],
  shows:
    'a client that registered itself with a query signs somebody in, and finds the query again',
  async run(scene) {
    const client = await registered(scene, `${scene.client.description.redirect_uri}?foo=bar`)
    const asked = client.ask()
    const told = await scene.target.newPerson().approve(frontUrl(scene, asked.parameters))
    assertTold(scene, asked, told)
    assert.equal(told.get('foo'), 'bar')
    assertTokens(await client.redeem(told.get('code') ?? '', asked), client)
  },
}

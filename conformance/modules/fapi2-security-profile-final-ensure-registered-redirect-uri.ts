import assert from 'node:assert/strict'
import { frontUrl, assertAskedInVain } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** RFC 9700 §2.1: exact match, and no way to a URI that was not registered. SR-001, SR-002. */
export const module: Module = {
  plans: ['fapi2', 'oauth21'],
  shows:
    'a redirect URI that differs in anything from the registered one is refused, without a redirect',
  async run(scene) {
    const { client, server } = scene
    const good = client.description.redirect_uri
    const wrong = [
      `${good}/`,
      `${good}?a=b`,
      `${good}%20`,
      good.toUpperCase(),
      'https://evil.example/cb',
    ]
    for (const uri of wrong) {
      const asked = client.ask({ redirect_uri: uri })
      // oxlint-disable-next-line no-await-in-loop -- one request after the other
      await assertAskedInVain(scene, asked, {
        allowed: ['invalid_request', 'invalid_redirect_uri'],
      })
    }
    if (server.require_pushed_authorization_requests === true) return
    const seen = await scene.target
      .newPerson()
      .look(frontUrl(scene, client.ask({ redirect_uri: 'https://evil.example/cb' }).parameters))
    assert.ok(seen.page !== undefined, 'the browser was sent to a URI that is not registered')
  },
}

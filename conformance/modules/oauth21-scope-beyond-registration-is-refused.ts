import assert from 'node:assert/strict'
import { frontUrl, pushedUrl, assertTokens, assertRefused, isPushed } from '../runner/flow.ts'
import { assertError } from '../runner/outcome.ts'
import type { Module } from '../runner/module.ts'

const ALLOWED = ['invalid_scope', 'access_denied'] as const

/** RFC 6749 §3.3: refused, or left out and said so. SR-054. */
export const module: Module = {
  plans: ['oauth21', 'fapi2'],
  shows: 'a scope that the client is not registered for is not granted',
  async run(scene) {
    const { client, target } = scene
    const asked = client.ask({ scope: `${client.description.scope} nothing:registered` })
    const pushed = isPushed(scene) ? await client.push(asked) : undefined
    if (pushed !== undefined && pushed.status !== 201) return assertRefused(pushed, ALLOWED)
    const url = pushed === undefined ? frontUrl(scene, asked.parameters) : pushedUrl(scene, pushed)
    const told = await target.newPerson().approve(url)
    const code = told.get('code')
    if (code === null) return assertError(told.get('error'), ALLOWED)
    const { scope } = assertTokens(await client.redeem(code, asked), client)
    assert.ok(typeof scope === 'string' && !scope.includes('nothing:'), 'it was granted')
  },
}

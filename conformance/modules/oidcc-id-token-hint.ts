import assert from 'node:assert/strict'
import { readIdToken, tokenOf } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** OpenID Connect Core §3.1.2.1. */
export const module: Module = {
  plans: ['oidc-basic'],
  shows: 'prompt=none with the ID token of the session as a hint gives a code for the same person',
  async run(scene) {
    const person = scene.target.newPerson()
    const first = await tokenOf(scene, person)
    const hint = { prompt: 'none', id_token_hint: String(first['id_token']) }
    const second = await readIdToken(scene, await tokenOf(scene, person, hint))
    assert.equal(second.sub, (await readIdToken(scene, first)).sub)
  },
}

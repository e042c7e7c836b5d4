import assert from 'node:assert/strict'
import { readIdToken, tokenOf } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** OpenID Connect Core §3.1.2.1. */
export const module: Module = {
  plans: ['oidc-basic'],
  shows: 'prompt=none with a session gives a code for the same person and the same sign-in',
  async run(scene) {
    const person = scene.target.newPerson()
    const first = await readIdToken(scene, await tokenOf(scene, person))
    const second = await readIdToken(scene, await tokenOf(scene, person, { prompt: 'none' }))
    assert.equal(second.sub, first.sub)
    assert.equal(second['auth_time'], first['auth_time'])
  },
}

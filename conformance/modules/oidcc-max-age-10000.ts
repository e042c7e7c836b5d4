import assert from 'node:assert/strict'
import { readIdToken, tokenOf } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** OpenID Connect Core §3.1.2.1. */
export const module: Module = {
  plans: ['oidc-basic'],
  shows: 'max_age=10000 does not ask again, and auth_time is there',
  async run(scene) {
    const person = scene.target.newPerson()
    const first = await readIdToken(scene, await tokenOf(scene, person, { max_age: '10000' }))
    const second = await readIdToken(scene, await tokenOf(scene, person, { max_age: '10000' }))
    assert.equal(typeof first['auth_time'], 'number')
    assert.equal(second['auth_time'], first['auth_time'])
  },
}

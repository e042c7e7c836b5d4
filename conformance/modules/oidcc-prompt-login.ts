import assert from 'node:assert/strict'
import { needs } from '../runner/outcome.ts'
import { readIdToken, tokenOf } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** OpenID Connect Core §3.1.2.1. */
export const module: Module = {
  plans: ['oidc-basic'],
  shows: 'prompt=login asks again, and auth_time is of the second time',
  async run(scene) {
    const { target } = scene
    needs(target.wait !== undefined, 'time does not pass here')
    const person = target.newPerson()
    const first = await readIdToken(scene, await tokenOf(scene, person, { max_age: '10000' }))
    await target.wait(2)
    const again = await tokenOf(scene, person, { prompt: 'login', max_age: '10000' })
    const second = await readIdToken(scene, again)
    assert.ok(Number(second['auth_time']) > Number(first['auth_time']), 'nobody signed in again')
  },
}

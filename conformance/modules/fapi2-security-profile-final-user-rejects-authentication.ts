import assert from 'node:assert/strict'
import { startAt, assertTold } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** RFC 6749 §4.1.2.1, RFC 9207 §2: the refusal is told, with `state` and `iss`. SR-005. */
export const module: Module = {
  plans: ['fapi2', 'oauth21'],
  shows: 'a person who refuses sends the client access_denied, with state and iss',
  async run(scene) {
    // Whoever agreed before would not be asked.
    const asked = scene.client.ask({ prompt: 'consent' })
    const told = await scene.target.newPerson().refuse(await startAt(scene, asked))
    assert.equal(told.get('error'), 'access_denied')
    assertTold(scene, asked, told)
  },
}

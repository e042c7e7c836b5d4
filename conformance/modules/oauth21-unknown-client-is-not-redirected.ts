import assert from 'node:assert/strict'
import { frontUrl } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** RFC 9700 §4.11.2. SR-002. */
export const module: Module = {
  plans: ['oauth21', 'fapi2'],
  shows: 'a request of an unknown client ends on a page, and redirects nowhere',
  async run(scene) {
    const { parameters } = scene.client.ask({ client_id: 'nobody' })
    const { page } = await scene.target.newPerson().look(frontUrl(scene, parameters))
    assert.ok(page !== undefined, 'the browser was sent away')
    assert.ok(page.status >= 400 && page.status < 500)
  },
}

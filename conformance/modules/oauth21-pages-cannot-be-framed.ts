import assert from 'node:assert/strict'
import { startAt } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** RFC 9700 §4.16, §4.2.4. SR-007, SR-008. */
export const module: Module = {
  plans: ['oauth21', 'fapi2'],
  shows: 'the pages of a request are in no frame, and their URLs are told to nobody',
  async run(scene) {
    const { page } = await scene.target.newPerson().look(await startAt(scene, scene.client.ask()))
    assert.ok(page !== undefined, 'there is no page')
    const policy = page.headers.get('content-security-policy') ?? ''
    const framed = page.headers.get('x-frame-options') ?? ''
    assert.ok(/frame-ancestors 'none'/.test(policy) || /deny|sameorigin/i.test(framed), 'framed')
    assert.equal(page.headers.get('referrer-policy'), 'no-referrer', 'referrer-policy')
  },
}

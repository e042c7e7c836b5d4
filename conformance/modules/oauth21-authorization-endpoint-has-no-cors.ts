import assert from 'node:assert/strict'
import { frontUrl } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** RFC 9700 §2.6. SR-006. */
export const module: Module = {
  plans: ['oauth21', 'fapi2'],
  shows: 'no script of another origin may call the authorization endpoint',
  async run(scene) {
    const url = frontUrl(scene, scene.client.ask().parameters)
    const headers = { origin: 'https://app.example.com', 'access-control-request-method': 'GET' }
    for (const method of ['GET', 'OPTIONS']) {
      // oxlint-disable-next-line no-await-in-loop -- two requests
      const answer = await fetch(url, { method, headers, redirect: 'manual' })
      assert.equal(answer.headers.get('access-control-allow-origin'), null, method)
    }
  },
}

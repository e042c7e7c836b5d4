import assert from 'node:assert/strict'
import { pushedUrl, assertRefused } from '../runner/flow.ts'
import { needs } from '../runner/outcome.ts'
import { listOf } from '../runner/discovery.ts'
import { requestObject } from '../runner/proofs.ts'
import type { Module } from '../runner/module.ts'

/** RFC 9101 §6.3: only what is signed counts. */
export const module: Module = {
  plans: ['fapi2'],
  shows: 'a state outside of the request object is not told to the client',
  async run(scene) {
    const { client, server } = scene
    const algorithms = listOf(server, 'request_object_signing_alg_values_supported')
    needs(algorithms.length > 0, 'the server takes no signed request objects')
    const asked = client.ask({ state: undefined })
    const request = await requestObject(client.maker(), asked.parameters)
    const parameters = { client_id: client.description.client_id, request, state: 'outside' }
    const pushed = await client.push({ ...asked, parameters })
    if (pushed.status !== 201) return assertRefused(pushed, ['invalid_request'])
    const told = await scene.target.newPerson().approve(pushedUrl(scene, pushed))
    assert.equal(told.get('state'), null)
  },
}

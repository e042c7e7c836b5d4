import { otherOf } from '../runner/flow.ts'
import { needs } from '../runner/outcome.ts'
import { refusesRequestObject } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** RFC 9101 §6.2: signed by the client that it names. SR-044. */
export const module: Module = {
  plans: ['fapi2'],
  shows: 'a request object signed with the key of another client is refused',
  async run(scene) {
    const { jwk: key } = (await otherOf(scene)).description
    needs(key !== undefined, 'the second client has no key')
    await refusesRequestObject(scene, { difference: { key } })
  },
}

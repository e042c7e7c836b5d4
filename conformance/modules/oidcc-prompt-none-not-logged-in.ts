import { startAt, assertTold } from '../runner/flow.ts'
import { assertError } from '../runner/outcome.ts'
import type { Module } from '../runner/module.ts'

/** OpenID Connect Core §3.1.2.6. */
export const module: Module = {
  plans: ['oidc-basic'],
  shows: 'prompt=none without a session is told login_required',
  async run(scene) {
    const asked = scene.client.ask({ prompt: 'none' })
    const { told } = await scene.target.newPerson().look(await startAt(scene, asked))
    assertError(told.get('error'), ['login_required', 'interaction_required'])
    assertTold(scene, asked, told)
  },
}

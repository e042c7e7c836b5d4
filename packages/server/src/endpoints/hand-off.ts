import type { Answer } from 'countersign'
import { readForm } from '../http/form.ts'
import { problem } from '../http/answers.ts'
import { forged } from '../interactions/answers.ts'
import { takeHandOff } from '../interactions/ways/hand-off.ts'
import type { Call } from './call.ts'

/**
 * `POST /oauth/hand-off`: the host application says who somebody is, in `token`. It comes from the
 * host's page, so where it comes from proves nothing; the token does.
 */
export async function handOff(call: Call): Promise<Answer> {
  const { handOff: host } = call.services.signIn
  if (host === undefined) {
    const title = 'There is nothing at this path.'
    return problem({ status: 404, code: 'not-found', title })
  }
  const form = await readForm(call.exchange)
  if (!form.ok) return forged(call)
  return takeHandOff(call, host, form.value.get('token') ?? '')
}

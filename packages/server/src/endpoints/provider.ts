import type { Answer } from 'countersign'
import { readParameters } from '../authorization/parameters.ts'
import { expired, forged } from '../interactions/answers.ts'
import { openPlace } from '../interactions/place.ts'
import { comeBack, leaveForProvider } from '../interactions/ways/abroad.ts'
import { placeOfState } from '../interactions/ways/provider.ts'
import type { Call } from './call.ts'

const REFUSED = { expired, foreign: forged } as const

/** `GET /oauth/provider?id=…&provider=…`: the link of the sign-in page to an OpenID provider. */
export async function provider(call: Call): Promise<Answer> {
  const query = await readParameters(call.exchange)
  if (!query.ok) return expired(call)
  const way = call.services.signIn.providers.find(({ id }) => id === query.value.get('provider'))
  if (way === undefined) return forged(call)
  const place = await openPlace(call, query.value.get('id'))
  return place.ok ? leaveForProvider(call, place.value, way) : REFUSED[place.error](call)
}

/** `GET /oauth/provider/callback`: back from there, in the browser that left. */
export async function providerCallback(call: Call): Promise<Answer> {
  const seen = { ...call, pageShown: true }
  const query = await readParameters(call.exchange)
  const text = query.ok ? placeOfState(query.value.get('state')) : undefined
  const place = await openPlace(seen, text)
  if (!place.ok) return REFUSED[place.error](seen)
  return comeBack(seen, place.value, call.exchange.target.split('?')[1] ?? '')
}

/** Signing in at a place, for a client or for the account page. */
import type { Answer } from 'countersign'
import type { AuthorizationCall } from '../authorization/call.ts'
import { lookOf } from '../authorization/respond.ts'
import type { Form } from '../http/form.ts'
import { pageAnswer } from '../pages/answer.ts'
import { signInPage, type SignInView } from '../pages/sign-in.ts'
import { formToken, isFormToken } from '../sessions/forms.ts'
import type { OpenedSession } from '../sessions/open.ts'
import { backTo, forged } from './answers.ts'
import { leaveForHost } from './ways/hand-off.ts'
import { signInWithPassword } from './password.ts'
import { pathOf } from './paths.ts'
import { notePlace, type Place } from './place.ts'

const purposeOf = ({ record }: Place): string => `sign-in\n${record.id}`

/** What a sign-in page shows that its place does not know. */
export type Showing = Pick<SignInView, 'again' | 'failure' | 'username' | 'client'>

/** The sign-in page of a place, or the way to the host that signs people in. */
export function showSignIn(call: AuthorizationCall, place: Place, view: Showing): Answer {
  const { text, secret, data } = place
  const { handOff, providers, password } = call.services.signIn
  if (handOff !== undefined) {
    const again = view.again === true || data.switching
    return leaveForHost(call, place, { url: handOff.url, again })
  }
  const all: SignInView = {
    action: pathOf(call.tenant, 'interaction'),
    csrf: formToken(secret, purposeOf(place)),
    carry: { id: text },
    password,
    providers: providers.map(({ id, name }) => ({
      name,
      path: `${pathOf(call.tenant, 'provider')}?${new URLSearchParams({ id: text, provider: id })}`,
    })),
    ...view,
  }
  return pageAnswer(signInPage(all, lookOf(call, data.request?.uiLocales)))
}

/** Takes the form of that page. */
export async function takeSignIn(
  call: AuthorizationCall,
  place: Place,
  { form, client }: { readonly form: Form; readonly client?: string },
): Promise<Answer> {
  const { secret } = place
  const { handOff, password } = call.services.signIn
  // Where others sign people in, no password is taken.
  if (handOff !== undefined || !password) return forged(call)
  if (!isFormToken(secret, purposeOf(place), form.get('csrf'))) return forged(call)
  // Over already: whatever comes next says so.
  if (place.record.consumedAt !== null) return backTo(call, place)
  const signedIn = await signInWithPassword(call, form)
  if (signedIn.ok) return goOn(call, place, signedIn.value)
  const username = form.get('username')
  return showSignIn(call, place, { failure: signedIn.error, username, ...(client && { client }) })
}

/** After somebody signed in, in whatever way. */
export async function goOn(
  call: AuthorizationCall,
  place: Place,
  { record, cookie }: OpenedSession,
): Promise<Answer> {
  await notePlace(call, place, { signedIn: record.id, switching: false, way: null })
  return backTo(call, place, [cookie])
}

/** Signing in on the way to the code of a device. */
import type { Answer } from 'countersign'
import type { AuthorizationCall } from '../../authorization/call.ts'
import { lookOf } from '../../authorization/respond.ts'
import type { Form } from '../../http/form.ts'
import { forged, seeOther } from '../../interactions/answers.ts'
import { browserSecret, knowBrowser } from '../../interactions/browser.ts'
import { signInWithPassword } from '../../interactions/password.ts'
import { pathOf } from '../../interactions/paths.ts'
import { pageAnswer } from '../../pages/answer.ts'
import { signInPage, type SignInView } from '../../pages/sign-in.ts'
import { formToken, isFormToken } from '../../sessions/forms.ts'

const PURPOSE = 'device sign-in'

/** What is shown, and the code that waits for the person to be known. Attacker-controlled. */
type DeviceSignIn = Pick<SignInView, 'failure' | 'username'> & {
  readonly userCode: string | undefined
}

/** Nobody types more; a longer one is carried nowhere. */
const MAX_USER_CODE = 64

const fitting = (userCode: string | undefined): string | undefined =>
  userCode !== undefined && userCode.length <= MAX_USER_CODE ? userCode : undefined

/** The sign-in page; it leads back to the code that was in the URL. */
export function showDeviceSignIn(
  call: AuthorizationCall,
  { userCode, ...view }: DeviceSignIn,
): Answer {
  const browser = knowBrowser(call)
  const code = fitting(userCode)
  const form = {
    action: pathOf(call.tenant, 'device'),
    csrf: formToken(browser.secret, PURPOSE),
    ...(code === undefined ? {} : { carry: { user_code: code } }),
  }
  return pageAnswer(signInPage({ ...form, ...view }, lookOf(call)), browser.fields)
}

/** Takes its form. The token is of this browser: nobody is signed in as somebody else (login CSRF). */
export async function takeDeviceSignIn(call: AuthorizationCall, form: Form): Promise<Answer> {
  const secret = browserSecret(call)
  if (secret === undefined || !isFormToken(secret, PURPOSE, form.get('csrf'))) return forged(call)
  const userCode = fitting(form.get('user_code'))
  const signedIn = await signInWithPassword(call, form)
  if (!signedIn.ok) {
    const username = form.get('username')
    return showDeviceSignIn(call, { userCode, failure: signedIn.error, username })
  }
  const page = pathOf(call.tenant, 'device')
  const query = userCode === undefined ? '' : `?${new URLSearchParams({ user_code: userCode })}`
  return seeOther(page + query, [signedIn.value.cookie])
}

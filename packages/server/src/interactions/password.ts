/** The form of the sign-in page: a name and a password become a session. */
import { err, ok, resolveClient, Secret, type Result } from 'countersign'
import type { AuthorizationCall } from '../authorization/call.ts'
import { verifyPassword } from '../credentials/users.ts'
import type { Form } from '../http/form.ts'
import type { SignInView } from '../pages/sign-in.ts'
import { openSession, type OpenedSession } from '../sessions/open.ts'
import type { SignInAttempt } from './failures.ts'

/** Why nobody is signed in: one answer for an unknown name and a wrong password. */
export type SignInFailure = NonNullable<SignInView['failure']>

/** The longest password that is compared: each byte is hashed before anybody is known. */
const MAX_PASSWORD = 256

/**
 * Signs a person in by name and password. Checks, in order: failures of this account and address
 * prefix; name and password, at the same cost for an unknown name (SR-205).
 *
 * @throws UnavailableError when the password pool or the store cannot take it.
 */
export async function signInWithPassword(
  call: AuthorizationCall,
  form: Form,
): Promise<Result<OpenedSession, SignInFailure>> {
  const { services, tenant, exchange, now } = call
  const username = (form.get('username') ?? '').normalize('NFC')
  const { address } = resolveClient(exchange, services.proxies)
  const attempt = { tenant: tenant.id, username, address }
  const nowMs = services.clock()
  const seconds = await services.signInFailures.blockedFor(attempt, nowMs)
  if (seconds > 0) return err({ kind: 'limited', seconds })
  // One too long is one that is wrong, at the same cost.
  const password = new Secret((form.get('password') ?? '').slice(0, MAX_PASSWORD + 1))
  const proven = await verifyPassword(services, { tenant: tenant.id, username, password })
  if (proven === undefined) {
    await services.signInFailures.count(attempt, nowMs)
    await recordRefused(call, attempt)
    return err({ kind: 'wrong' })
  }
  services.lastUsed.used(proven.credentialId, now)
  const authentication = { at: now, amr: ['pwd'] }
  return ok(await openSession(call, { person: proven.user, authentication }))
}

/** By the id of the person and never by the name: people type passwords there. */
async function recordRefused(
  { services: { store }, now }: AuthorizationCall,
  { tenant, username }: SignInAttempt,
): Promise<void> {
  const person = await store.principals.findByUsername(tenant, username)
  const subject = person?.id ?? 'unknown'
  const data = { method: 'pwd' }
  await store.events.append({
    tenant,
    type: 'sign-in.refused',
    actor: 'system',
    subject,
    data,
    at: now,
  })
}

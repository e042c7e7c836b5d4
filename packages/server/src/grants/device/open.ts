import { err, ok, resolveClient, type Result } from 'countersign'
import type { AuthorizationCall } from '../../authorization/call.ts'
import type { DeviceCodeView } from '../../pages/device.ts'
import type { LiveSession } from '../../sessions/read.ts'
import type { Decision } from './decide.ts'
import { findWaitingRequest } from './request.ts'
import { decisionOf } from './show.ts'
import { readUserCode } from './user-code.ts'

/** The request behind a code, and the code as it was read. */
export interface OpenedCode {
  readonly decision: Decision
  readonly code: string
}

/**
 * Finds the request of a code that a person typed. Checks, in order: it can be a code; the attempts
 * of this person and address, before anything is looked up; a request that waits has it; its client
 * lives. What is wrong is not said: unknown, expired and decided look the same.
 *
 * @param typed - Attacker-controlled.
 */
export async function openTypedCode(
  call: AuthorizationCall,
  session: LiveSession,
  typed: string | undefined,
): Promise<Result<OpenedCode, NonNullable<DeviceCodeView['failure']>>> {
  const code = readUserCode(typed)
  if (code === undefined) return err({ kind: 'wrong' })
  const { services, tenant, exchange } = call
  const { address } = resolveClient(exchange, services.proxies)
  const attempt = { tenant: tenant.id, personId: session.person.id, address }
  const seconds = await services.devices.attempts.take(attempt, services.clock())
  if (seconds > 0) return err({ kind: 'limited', seconds })
  const record = await findWaitingRequest(call, code)
  const decision = record && (await decisionOf(call, record, session))
  return decision === undefined ? err({ kind: 'wrong' }) : ok({ decision, code })
}

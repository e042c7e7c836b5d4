/** The end of a request under way: one answer, and the same one again for a form sent twice. */
import type { Answer } from 'countersign'
import { issueCode, refusalOf, type Granted } from '../authorization/complete.ts'
import type { AuthorizationCall } from '../authorization/call.ts'
import { respond, type ResponseParameters } from '../authorization/respond.ts'
import { agree, type Agreed } from '../consents/consent.ts'
import { seal, unseal } from '../keys/seal.ts'
import type { StoreSession } from '../model/store.ts'
import { expired } from './answers.ts'
import type { Interaction } from './interaction.ts'

/**
 * A button pressed twice, and no more: whoever comes back later would bring the client a code that it
 * has used, which ends the family (SR-015).
 */
const REPEAT_SECONDS = 10

/**
 * Issues the code of a request. The interaction is used up, the consent is recorded and the grant is
 * made in one transaction; of two forms at once one wins, and the other has the same answer.
 *
 * @param agreed - Whether the person agreed just now: then it is recorded.
 */
export async function settleWithCode(
  call: AuthorizationCall,
  interaction: Interaction,
  { granted, agreed }: { readonly granted: Granted; readonly agreed: boolean },
): Promise<Answer> {
  const { record, asked } = interaction
  const issued = await issueCode(call, granted, async (session, { code, grantId }) => {
    const sealedResponse = sealAnswer(call, record.id, { code })
    const use = { grantId, sealedResponse }
    if (!(await session.artefacts.consume(record.id, call.now, use))) return false
    if (agreed) await recordConsent(call, granted, session)
    return true
  })
  if (issued.ok) return respond(call, asked.request, { code: issued.value.code })
  if (issued.error === 'settled-before') return repeatAnswer(call, interaction)
  const { error, description } = refusalOf(issued.error)
  return respond(call, asked.request, { error, error_description: description })
}

/** Tells the client an error, once; the interaction is over. */
export async function settleWithError(
  call: AuthorizationCall,
  interaction: Interaction,
  { error, description }: { readonly error: string; readonly description: string },
): Promise<Answer> {
  const { record, asked } = interaction
  const parameters = { error, error_description: description }
  const sealedResponse = sealAnswer(call, record.id, parameters)
  const { artefacts } = call.services.store
  const won = await artefacts.consume(record.id, call.now, { sealedResponse })
  return won ? respond(call, asked.request, parameters) : repeatAnswer(call, interaction)
}

/** The answer that was given, for a button pressed twice; else a page that says it is over. */
export async function repeatAnswer(
  call: AuthorizationCall,
  { record: { id }, asked }: Interaction,
): Promise<Answer> {
  const record = await call.services.store.artefacts.find(id)
  const { consumedAt = null, sealedResponse = null } = record ?? {}
  if (consumedAt === null || sealedResponse === null || call.now - consumedAt >= REPEAT_SECONDS) {
    return expired(call)
  }
  const { keks } = call.services.secrets
  // Sealed below, from a value of this type.
  const parameters = JSON.parse(unseal(keks, sealedResponse, placeOf(id))) as ResponseParameters
  return respond(call, asked.request, parameters)
}

const placeOf = (id: string): string => `interaction ${id}`

const sealAnswer = (call: AuthorizationCall, id: string, parameters: ResponseParameters): string =>
  seal(call.services.secrets.keks, JSON.stringify(parameters), placeOf(id)).sealed

async function recordConsent(
  { tenant, now }: AuthorizationCall,
  { asked, person, scopes }: Granted,
  session: StoreSession,
): Promise<void> {
  const agreed: Agreed = {
    tenant: tenant.id,
    principalId: person.id,
    clientId: asked.client.principal.id,
    scopes,
    audiences: asked.request.resources,
  }
  const before = await session.consents.find(tenant.id, agreed.principalId, agreed.clientId)
  await session.consents.put(agree(before, agreed, now))
  await session.events.append({
    tenant: tenant.id,
    type: 'consent.given',
    actor: person.id,
    subject: agreed.clientId,
    data: { scopes, audiences: agreed.audiences },
    at: now,
  })
}

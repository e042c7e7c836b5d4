/** The pages of a device's request. */
import type { Answer } from 'countersign'
import type { AuthorizationCall } from '../../authorization/call.ts'
import { findClient } from '../../authorization/client.ts'
import { lookOf } from '../../authorization/respond.ts'
import { pathOf } from '../../interactions/paths.ts'
import { clientView, detailView } from '../../interactions/show.ts'
import type { ArtefactRecord } from '../../model/authorization.ts'
import { pageAnswer } from '../../pages/answer.ts'
import {
  deviceCodePage,
  deviceConfirmPage,
  deviceDonePage,
  type DeviceCodeView,
  type DeviceDoneView,
} from '../../pages/device.ts'
import { formToken } from '../../sessions/forms.ts'
import type { LiveSession } from '../../sessions/read.ts'
import { delegableScopes, grantSeconds, type Decision } from './decide.ts'
import { deviceDataOf } from './request.ts'
import { shownUserCode } from './user-code.ts'

/** What the form of the code is for. */
export const codePurpose = 'device code'

/** What the form of the decision is for: this request, and the very scopes that were shown. */
export const decisionPurpose = (decision: Decision): string =>
  ['device decision', decision.record.id, ...delegableScopes(decision)].join('\n')

/** A person before a request; undefined where its client has gone. */
export async function decisionOf(
  { services, tenant, now }: AuthorizationCall,
  record: ArtefactRecord,
  session: LiveSession,
): Promise<Decision | undefined> {
  const client = await findClient(services, tenant, record.clientId)
  return client === undefined ? undefined : { record, client, session, now }
}

/** Asks for the code. */
export function showCodeEntry(
  call: AuthorizationCall,
  { secret }: LiveSession,
  view: Pick<DeviceCodeView, 'userCode' | 'failure'>,
): Answer {
  const form = {
    action: pathOf(call.tenant, 'device'),
    csrf: formToken(secret.reveal(), codePurpose),
  }
  const { failure } = view
  const wait =
    failure?.kind === 'limited' ? [['retry-after', String(failure.seconds)] as const] : []
  return pageAnswer(deviceCodePage({ ...form, ...view }, lookOf(call)), wait)
}

/**
 * Shows who asks, for what, from where and when, with the warning above the buttons (RFC 8628 §5.4).
 * The form carries the id of the request and not its code: a decision is no way to try codes.
 */
export function showConfirmation(
  call: AuthorizationCall,
  decision: Decision,
  code: string,
): Answer {
  const { record, client, session } = decision
  const { resources, authorizationDetails, address } = deviceDataOf(record)
  const view = {
    action: pathOf(call.tenant, 'device'),
    csrf: formToken(session.secret.reveal(), decisionPurpose(decision)),
    carry: { request: record.id },
    client: clientView(client),
    access: {
      scopes: delegableScopes(decision),
      resources,
      details: authorizationDetails.map(detailView),
      lifetimeSeconds: grantSeconds(client),
    },
    user: session.person.username ?? session.person.name,
    userCode: shownUserCode(code),
    requestedFrom: address,
    requestedAt: record.createdAt,
  }
  return pageAnswer(deviceConfirmPage(view, lookOf(call)))
}

/** The end of it, at the browser. */
export const showDone = (
  call: AuthorizationCall,
  { client: { principal } }: Decision,
  outcome: DeviceDoneView['outcome'],
): Answer =>
  pageAnswer(
    deviceDonePage({ client: { id: principal.id, name: principal.name }, outcome }, lookOf(call)),
  )

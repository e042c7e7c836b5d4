import type { Answer } from 'countersign'
import type { AuthorizationCall } from '../authorization/call.ts'
import { refusalPage } from '../authorization/respond.ts'
import { pathOf } from './paths.ts'
import type { Place } from './place.ts'

/** 303: whatever the method was, the next one is a GET without a body (SR-004). */
export const seeOther = (path: string, extra: Answer['headers'] = []): Answer => ({
  status: 303,
  headers: [
    ['location', path],
    ['cache-control', 'no-store'],
    ['referrer-policy', 'no-referrer'],
    ...extra,
  ],
  body: '',
})

/** A form from elsewhere, or of another session. */
export const forged = (call: AuthorizationCall): Answer =>
  refusalPage(call, { reason: 'oauth.form-forged', kind: 'forbidden' })

/** A page that was open for too long, or whose form was sent already. */
export const expired = (call: AuthorizationCall): Answer =>
  refusalPage(call, { reason: 'oauth.interaction-expired', kind: 'expired' })

/** The page that a place needs next. */
export const backTo = (
  { tenant }: AuthorizationCall,
  { text }: Pick<Place, 'text'>,
  extra: Answer['headers'] = [],
): Answer => seeOther(`${pathOf(tenant, 'interaction')}?id=${text}`, extra)

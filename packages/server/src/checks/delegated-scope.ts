import { coversScope } from 'countersign'
import type { PrincipalRecord } from '../model/records.ts'

/** Scopes of OpenID Connect (Core §5.4, §11): they open claims of the person, and no API. */
export const PROTOCOL_SCOPES: readonly string[] = [
  'openid',
  'profile',
  'email',
  'address',
  'phone',
  'offline_access',
]

/** Who hands on a scope, and to whom. */
export interface Delegation {
  readonly person: Pick<PrincipalRecord, 'scopes'>
  readonly client: Pick<PrincipalRecord, 'scopes'>
}

/**
 * Reports whether a person can hand a scope on to a client: both may have it. Nobody delegates what
 * they do not hold, and no client gets more than the operator registered it for.
 */
export const isDelegable = ({ person, client }: Delegation, scope: string): boolean =>
  PROTOCOL_SCOPES.includes(scope) ||
  (coversScope(client.scopes, scope) && coversScope(person.scopes, scope))

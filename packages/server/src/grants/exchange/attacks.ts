/** What must not be exchanged: one change each to a request that is good. */
import { TOKEN_TYPES } from './token-types.ts'

/** A change to the form of an exchange; null takes a parameter away. */
export interface ExchangeAttack {
  readonly title: string
  readonly change: Readonly<Record<string, string | null>>
  readonly error: string
}

const attack = (
  title: string,
  change: ExchangeAttack['change'],
  error = 'invalid_request',
): ExchangeAttack => ({ title, change, error })

const TYPE = 'urn:ietf:params:oauth:token-type:'

/** Against RFC 8693 §2.1. */
export const EXCHANGE_ATTACKS: readonly ExchangeAttack[] = [
  attack('no subject', { subject_token: null }),
  attack('no type of the subject', { subject_token_type: null }),
  attack('a token of nobody', { subject_token: 'cs_at_x' }),
  attack('a JWT of nobody', { subject_token: 'a.b.c', subject_token_type: TOKEN_TYPES.jwt }),
  attack('a refresh token by type', { subject_token_type: `${TYPE}refresh_token` }),
  attack('an ID token by type', { subject_token_type: `${TYPE}id_token` }),
  attack('a type that is none', { subject_token_type: 'access_token' }),
  attack('a refresh token wanted', { requested_token_type: `${TYPE}refresh_token` }),
  attack('an ID token wanted', { requested_token_type: `${TYPE}id_token` }),
  attack('an actor of nobody', { actor_token: 'x', actor_token_type: TOKEN_TYPES.accessToken }),
  attack('the type of an actor without it', { actor_token_type: TOKEN_TYPES.accessToken }),
  attack('an actor without its type', { actor_token: 'x' }),
  attack('a scope that the subject has not', { scope: 'orders:write' }, 'invalid_scope'),
  attack('a scope that the client has not', { scope: 'profile:read' }, 'invalid_scope'),
  attack('a scope that is none', { scope: 'a"b' }, 'invalid_scope'),
  attack('a foreign resource', { resource: 'https://foreign.example.com' }, 'invalid_target'),
  attack('a foreign audience', { audience: 'https://foreign.example.com' }, 'invalid_target'),
  attack(
    'two audiences',
    { resource: 'https://api.example.com', audience: 'https://other.example.com' },
    'invalid_target',
  ),
]

import { answer } from 'countersign'
import { oauthError, type OAuthFailure } from '../http/answers.ts'
import type { Exchange } from '../http/exchange.ts'
import type { ClientSettings } from '../model/client-settings.ts'
import { withClient, type Endpoint, type FormCall } from './call.ts'

/** Who asks about a token. */
export interface Introspector {
  /** The client, or the owner of the API key. */
  readonly id: string
  /** Of a client. Undefined: an API key, which the operator gave the right to ask about all tokens. */
  readonly client: ClientSettings | undefined
}

/** A request about a token. */
export interface IntrospectionCall extends FormCall {
  readonly introspector: Introspector
}

const REQUIREMENT = { scopes: ['countersign:introspect'] } as const

const NOT_PROVEN: OAuthFailure = {
  error: 'invalid_client',
  description: 'Public clients cannot introspect tokens.',
  status: 401,
}

const OTHER_TENANT: OAuthFailure = {
  error: 'invalid_client',
  description: 'The credential belongs to another tenant.',
  status: 403,
}

/**
 * Authenticates whoever asks about a token (RFC 7662 §2.1): an OAuth client of the tenant that
 * proves itself, or an API key of the tenant that has `countersign:introspect`.
 */
export const withIntrospector = (next: Endpoint<IntrospectionCall>): Endpoint<FormCall> => {
  const forClients = withClient((call) => {
    const { principal, settings, method } = call.client
    // Anybody can say the name of a public client (RFC 7662 §2.1).
    if (method === 'none') return oauthError(NOT_PROVEN)
    return next({ ...call, introspector: { id: principal.id, client: settings } })
  })
  return async (call) => {
    const { services, tenant, exchange, form } = call
    if (!presentsKey(exchange)) return forClients(call)
    if (form.get('client_secret') !== undefined || form.get('client_assertion') !== undefined) {
      const description = 'More than one credential was sent.'
      return oauthError({ error: 'invalid_request', description })
    }
    const decision = await services.callers.check(exchange, REQUIREMENT)
    if (decision.outcome !== 'allowed') return answer(decision, services.callers)
    const { principal } = decision
    if (principal.tenant !== tenant.id) return oauthError(OTHER_TENANT)
    return next({ ...call, introspector: { id: principal.id, client: undefined } })
  }
}

const presentsKey = (exchange: Exchange): boolean =>
  exchange.header('x-api-key').length > 0 ||
  exchange.header('authorization').some((value) => /^bearer /i.test(value))

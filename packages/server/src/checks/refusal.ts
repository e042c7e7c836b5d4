import { randomId, resolveClient, type Detail, type ReasonCode } from 'countersign'
import type { Exchange } from '../http/exchange.ts'
import type { Services } from '../services.ts'
import type { Tenant } from '../tenants/directory.ts'

/** A request that a person made, and that no client can be told about. */
interface RefusedCall {
  readonly services: Services
  readonly tenant: Tenant
  readonly exchange: Exchange
}

/**
 * Keeps a refusal for `explain`, and answers the id that the person is shown (SR-501: the path, never
 * the query).
 */
export function recordRefusal(
  { services, tenant, exchange }: RefusedCall,
  reason: ReasonCode,
  detail: Detail = {},
): string {
  const decisionId = randomId('dec')
  const { method, authority, target } = exchange
  const { address } = resolveClient(exchange, services.proxies)
  const [path = ''] = target.split('?', 1)
  services.decisions.record({
    decisionId,
    atMs: services.clock(),
    outcome: 'refused',
    reason,
    detail,
    tenant: tenant.id,
    request: {
      method,
      authority,
      path,
      ...(address === undefined ? {} : { clientAddress: address }),
    },
    checks: [],
  })
  return decisionId
}

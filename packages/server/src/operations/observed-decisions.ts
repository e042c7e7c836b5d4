import type { Logger } from 'pino'
import type { DecisionLog } from '../context.ts'
import { redact } from '../decisions/redact.ts'
import type { Metrics } from './metrics.ts'

/**
 * A decision log that also counts, and writes one line for every refusal: id, reason, who and from
 * where. What was compared stays in the decision itself; `explain` shows it.
 */
export function observedDecisions(
  decisions: DecisionLog,
  { metrics, log }: { readonly metrics: Metrics; readonly log: Logger },
): DecisionLog {
  return {
    record(decision) {
      decisions.record(decision)
      metrics.decided(decision)
      if (decision.outcome === 'allowed') return
      const { decisionId, reason, tenant, principalId, credentialId, request } = decision
      const { method, clientAddress } = request
      const path = redact(request.path)
      log.info(
        { decisionId, reason, tenant, principalId, credentialId, method, path, clientAddress },
        'request refused',
      )
    },
    find: (id) => decisions.find(id),
    flush: () => decisions.flush(),
  }
}

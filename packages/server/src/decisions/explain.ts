import { reasonOf, type Check, type DecisionRecord, type Detail } from 'countersign'

/** A decision as an operator reads it: what was asked, every check in order, and what to do. */
export interface Explanation {
  readonly decisionId: string
  /** Milliseconds since the epoch. */
  readonly atMs: number
  readonly outcome: 'allowed' | 'refused'
  readonly request: DecisionRecord['request']
  readonly principal: {
    readonly tenant: string | null
    readonly id: string | null
    readonly credentialId: string | null
    readonly method: string | null
  }
  /** Null when the request was allowed. */
  readonly reason: ExplainedReason | null
  readonly checks: readonly Check[]
}

/** Why a request was refused: the row of the reasons table, and the facts of this request. */
export interface ExplainedReason {
  readonly code: string
  readonly status: number
  /** What the caller was told. */
  readonly wire: string
  readonly rule: string
  readonly advice: string
  readonly detail: Detail
}

/** Explains a decision. Holds no secret, because the record holds none (SR-501). */
export function explainDecision(decision: DecisionRecord): Explanation {
  const { decisionId, atMs, outcome, request, checks } = decision
  const principal = {
    tenant: decision.tenant ?? null,
    id: decision.principalId ?? null,
    credentialId: decision.credentialId ?? null,
    method: decision.method ?? null,
  }
  return { decisionId, atMs, outcome, request, principal, reason: reasonFor(decision), checks }
}

function reasonFor({ reason: code, detail = {} }: DecisionRecord): ExplainedReason | null {
  if (code === undefined) return null
  const { status, wire, rule, advice } = reasonOf(code)
  return { code, status, wire, rule, advice, detail }
}

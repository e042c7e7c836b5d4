import { reasonOf, WIRE_TITLES, type DecisionRecord } from 'countersign'

/** What stands behind a refusal: the row of the reasons table, and what the caller was told. */
export interface Explanation {
  readonly status: number
  /** The code on the wire. */
  readonly wire: string
  /** The sentence on the wire. */
  readonly title: string
  readonly rule: string
  readonly advice: string
}

/** A decision as an operator reads it: every check in order, and what to do about a refusal. */
export interface ExplainedDecision extends DecisionRecord {
  /** Null when the request was allowed. */
  readonly explanation: Explanation | null
}

/** Explains a decision. Holds no secret, because the record holds none (SR-501). */
export function explainDecision(decision: DecisionRecord): ExplainedDecision {
  const { reason } = decision
  if (reason === undefined) return { ...decision, explanation: null }
  const { status, wire, rule, advice } = reasonOf(reason)
  return { ...decision, explanation: { status, wire, title: WIRE_TITLES[wire], rule, advice } }
}

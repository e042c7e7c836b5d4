/**
 * What was acknowledged, what was seen of it since, and what must never be. Times are milliseconds
 * of the driver's own clock, which no fault touches.
 */

/** Something that can end, once: a token, a grant, a key, a client, a person, a signing key. */
export interface Mark {
  readonly name: string
  /** When its end was first asked for. From here on either answer is right. */
  endingFrom?: number
  /** When its end was acknowledged. A bound later nothing of it is accepted. */
  endedAt?: number
}

/** Something with a history to print when it breaks a rule. */
export interface Subject {
  readonly name: string
  readonly history: string[]
}

/** A broken rule. */
export interface Violation {
  readonly rule: string
  readonly detail: string
  readonly history: readonly string[]
}

const HISTORY = 60

/** Counts, times and violations of a run. */
export class Ledger {
  readonly violations: Violation[] = []
  readonly checks = new Map<string, number>()
  readonly counts = new Map<string, number>()
  readonly latencies = new Map<string, number[]>()
  readonly outages: number[] = []
  #downSince: number | undefined
  readonly #start = Date.now()

  /** A line of a subject's history. */
  note(subject: Subject, line: string): void {
    const seconds = ((Date.now() - this.#start) / 1000).toFixed(3)
    subject.history.push(`${seconds} ${line}`)
    if (subject.history.length > HISTORY) subject.history.shift()
  }

  /** Checks a rule; a subject that breaks it is kept with its history. */
  check(rule: string, holds: boolean, subject: Subject, detail: () => string): void {
    this.checks.set(rule, (this.checks.get(rule) ?? 0) + 1)
    if (holds) return
    this.violations.push({
      rule,
      detail: `${subject.name}: ${detail()}`,
      history: [...subject.history],
    })
  }

  count(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1)
  }

  /** The time of an answer. */
  took(operation: string, ms: number): void {
    const all = this.latencies.get(operation) ?? []
    all.push(ms)
    this.latencies.set(operation, all)
  }

  /** An outage lasts from the first call that nobody could answer to the next that is answered. */
  available(is: boolean): void {
    if (!is) this.#downSince ??= Date.now()
    else if (this.#downSince !== undefined) {
      this.outages.push(Date.now() - this.#downSince)
      this.#downSince = undefined
    }
  }
}

/** When the first of some marks was acknowledged as ended. */
export const endOf = (marks: readonly Mark[]): number =>
  Math.min(...marks.map(({ endedAt }) => endedAt ?? Number.POSITIVE_INFINITY))

/** Whether nobody has asked for the end of any. */
export const isLiving = (marks: readonly Mark[]): boolean =>
  marks.every(({ endingFrom }) => endingFrom === undefined)

/** The value below which a share of the numbers lies. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((left, right) => left - right)
  return sorted[Math.floor((sorted.length - 1) * share)] ?? 0
}

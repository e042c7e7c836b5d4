import type { DecisionRecord } from 'countersign'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** What is measured. Labels have few values: no ids, addresses or paths of callers. */
export interface Metrics {
  /** One decision of a guard. */
  decided(record: DecisionRecord): void
  tokenIssued(grant: string, format: string): void
  clientRefused(mechanism: string): void
  /** A limit was decided without its store: what it declared for that. */
  countedWithoutStore(mode: string): void
  /** One answered request of a route of ours. */
  answered(route: string, status: number, seconds: number): void
  /** The registry, for gauges that other parts add. */
  readonly registry: Registry
  /** Everything in the text format of Prometheus. */
  expose(): Promise<MetricsPage>
}

/** A scrape. */
export interface MetricsPage {
  readonly contentType: string
  readonly text: string
}

/** Where gauges are read from at scrape time. */
export interface MetricSources {
  /** Seconds since the change feed was last complete; undefined before the start. */
  feedAgeSeconds(): number | undefined
}

const DURATION_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5]

/** Makes the metrics of one authority, in a registry of its own: two in one process do not mix. */
export function makeMetrics(sources: MetricSources): Metrics {
  const registry = new Registry()
  const counter = <L extends string>(
    name: string,
    help: string,
    labels: readonly L[],
  ): Counter<L> => new Counter({ name, help, labelNames: labels, registers: [registry] })
  const decisions = counter('countersign_decisions_total', 'Decisions of guards.', [
    'method',
    'outcome',
    'reason',
  ])
  const tokens = counter('countersign_tokens_issued_total', 'Access tokens issued.', [
    'grant',
    'format',
  ])
  const refusals = counter(
    'countersign_client_auth_refused_total',
    'OAuth clients that failed to authenticate.',
    ['mechanism'],
  )
  const withoutStore = counter(
    'countersign_limit_store_failures_total',
    'Limits that were decided without their store, by what they declared for that.',
    ['mode'],
  )
  const durations = new Histogram({
    name: 'countersign_request_duration_seconds',
    help: 'Time to answer, by route and status.',
    labelNames: ['route', 'status'],
    buckets: DURATION_BUCKETS,
    registers: [registry],
  })
  addFeedAge(registry, sources)
  return {
    registry,
    decided: ({ method = 'none', outcome, reason = 'none' }) => {
      decisions.inc({ method, outcome, reason })
    },
    tokenIssued: (grant, format) => {
      tokens.inc({ grant, format })
    },
    clientRefused: (mechanism) => {
      refusals.inc({ mechanism })
    },
    countedWithoutStore: (mode) => {
      withoutStore.inc({ mode })
    },
    answered: (route, status, seconds) => {
      durations.observe({ route, status }, seconds)
    },
    expose: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  }
}

function addFeedAge(registry: Registry, sources: MetricSources): void {
  const gauge = new Gauge({
    name: 'countersign_feed_age_seconds',
    help: 'How old the knowledge of revocations is; -1 before the first snapshot.',
    registers: [registry],
    collect() {
      gauge.set(sources.feedAgeSeconds() ?? -1)
    },
  })
}

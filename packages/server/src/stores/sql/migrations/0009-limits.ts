import type { Flavour } from './flavour.ts'

/**
 * Counters of limits, by the digest of their name. `expires_at` is rounded up to a minute, so that
 * most charges leave the index alone.
 */
export const limits = ({ integer, strict, limitTake }: Flavour): readonly string[] => [
  `create table limit_counter (
    id text primary key,
    at_ms ${integer} not null,
    current ${integer} not null,
    previous ${integer} not null,
    expires_at ${integer} not null
  ) ${strict}`,
  'create index limit_counter_expiry on limit_counter (expires_at)',
  ...limitTake,
]

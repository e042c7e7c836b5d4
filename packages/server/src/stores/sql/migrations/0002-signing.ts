import type { Flavour } from './flavour.ts'

/**
 * Keys that sign requests, credentials that are bound to a key, and the uses that may happen once.
 * The fence stands at the time of the migration: this database remembers nothing from before, and
 * a file that was lost and made anew is fenced by being new.
 */
export const signing = ({ integer, strict }: Flavour, now: number): readonly string[] => [
  'alter table credential add column public_jwk text',
  'alter table credential add column confirmation text',
  `create table replay (id text primary key, expires_at ${integer} not null) ${strict}`,
  'create index replay_expiry on replay (expires_at)',
  `insert into counter (name, value) values ('replay-fence', ${now})`,
]

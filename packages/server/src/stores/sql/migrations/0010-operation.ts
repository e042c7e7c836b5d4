import type { Flavour } from './flavour.ts'

/** Which node leads, and how often credentials were used. */
export const operation = ({ integer, strict }: Flavour): readonly string[] => [
  `create table leadership (
    name text primary key,
    holder text not null,
    fence ${integer} not null,
    until_ms ${integer} not null
  ) ${strict}`,
  `create table credential_usage (
    credential_id text not null,
    hour ${integer} not null,
    uses ${integer} not null,
    primary key (credential_id, hour)
  ) ${strict}`,
  'create index credential_usage_age on credential_usage (hour)',
]

import type { Flavour } from './flavour.ts'

/**
 * The CAs of the installation, and certificates as credentials. `authority` and `root_id` repeat
 * members of `certificate`: lists of revoked certificates are looked up by them.
 */
export const certificates = ({ integer, position, strict }: Flavour): readonly string[] => [
  `create table certificate_authority (
    position ${position},
    tenant text not null references tenant (id),
    id text not null unique,
    name text not null,
    state text not null check (state in ('planned', 'active', 'retiring', 'removed')),
    since ${integer} not null,
    not_after ${integer} not null,
    certificate text not null,
    sealed_private_key text not null,
    kek_version ${integer} not null,
    created_at ${integer} not null
  ) ${strict}`,
  'create index certificate_authority_list on certificate_authority (tenant, position)',
  'alter table credential add column certificate text',
  'alter table credential add column authority text',
  'alter table credential add column root_id text',
  `create index credential_issued on credential (authority, expires_at)
    where authority is not null`,
  `insert into counter (name, value) values ('certificate-bundle', 0), ('certificate-list', 0)`,
]

import type { Flavour } from './flavour.ts'

/**
 * People and what they grant: browser sessions, consents, what a grant says beside its scopes, and
 * the second name of a device code. A partial index keeps that name unique among the living alone:
 * user codes are short and come again.
 */
export const authorization = ({ integer, position, strict }: Flavour): readonly string[] => [
  'alter table token_grant add column session_id text',
  `alter table token_grant add column facts text not null default '{}'`,
  'create index grant_of_principal on token_grant (tenant, principal_id, client_id)',
  'create index grant_of_client on token_grant (tenant, client_id)',
  'create index grant_of_session on token_grant (tenant, session_id)',
  'create index grant_expiry on token_grant (expires_at)',
  'alter table artefact add column lookup text',
  'alter table artefact add column sealed_response text',
  `create unique index artefact_lookup on artefact (tenant, kind, lookup)
    where lookup is not null and consumed_at is null`,
  `create table session (
    position ${position},
    tenant text not null references tenant (id),
    id text not null unique,
    digest text not null,
    pepper_version ${integer} not null,
    principal_id text not null,
    authentication text not null,
    label text not null,
    created_at ${integer} not null,
    last_seen_at ${integer} not null,
    expires_at ${integer} not null,
    revoked_at ${integer}
  ) ${strict}`,
  'create index session_of on session (tenant, principal_id, position)',
  'create index session_expiry on session (expires_at)',
  `create table consent (
    position ${position},
    tenant text not null references tenant (id),
    principal_id text not null,
    client_id text not null,
    scopes text not null,
    audiences text not null,
    created_at ${integer} not null,
    updated_at ${integer} not null,
    expires_at ${integer},
    revoked_at ${integer},
    unique (tenant, principal_id, client_id)
  ) ${strict}`,
]

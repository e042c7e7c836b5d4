import type { Flavour } from './flavour.ts'

/**
 * The first schema. Rows that a list shows have a `position`; every row has a tenant; nothing is
 * deleted by a cascade. Tokens and grants name principals without a foreign key: they are written
 * on the request path, and their writer has just read the principal.
 */
export const start = (flavour: Flavour, now: number): readonly string[] => [
  ...principals(flavour, now),
  ...credentials(flavour),
  ...tokens(flavour),
  ...signingKeys(flavour),
  ...logs(flavour),
]

const principals = ({ integer, position, strict }: Flavour, now: number): readonly string[] => [
  `create table tenant (
    id text primary key,
    name text not null,
    created_at ${integer} not null,
    revoked_at ${integer}
  ) ${strict}`,
  `insert into tenant (id, name, created_at) values ('default', 'default', ${now})`,
  `create table principal (
    position ${position},
    tenant text not null references tenant (id),
    id text not null,
    kind text not null check (kind in ('user', 'service', 'client')),
    name text not null,
    username text,
    scopes text not null,
    metadata text not null,
    client text,
    created_at ${integer} not null,
    revoked_at ${integer},
    unique (tenant, id),
    unique (tenant, username)
  ) ${strict}`,
  'create index principal_list on principal (tenant, kind, position)',
]

const credentials = ({ integer, position, strict }: Flavour): readonly string[] => [
  `create table credential (
    position ${position},
    tenant text not null references tenant (id),
    id text not null unique,
    kind text not null,
    principal_id text not null,
    name text not null,
    environment text not null,
    digest text not null,
    algorithm text not null,
    pepper_version ${integer} not null,
    scopes text not null,
    limits text not null,
    networks text not null,
    metadata text not null,
    not_before ${integer},
    expires_at ${integer},
    revoked_at ${integer},
    revoked_reason text,
    replaced_by text,
    last_used_at ${integer},
    created_at ${integer} not null,
    foreign key (tenant, principal_id) references principal (tenant, id)
  ) ${strict}`,
  'create index credential_list on credential (tenant, kind, position)',
  'create index credential_of on credential (tenant, principal_id, position)',
]

const tokens = ({ integer, strict }: Flavour): readonly string[] => [
  `create table token_grant (
    tenant text not null references tenant (id),
    id text not null,
    client_id text not null,
    principal_id text not null,
    scopes text not null,
    audiences text not null,
    created_at ${integer} not null,
    expires_at ${integer},
    revoked_at ${integer},
    primary key (tenant, id)
  ) ${strict}`,
  `create table token (
    tenant text not null references tenant (id),
    id text primary key,
    kind text not null check (kind in ('access', 'refresh')),
    digest text not null,
    pepper_version ${integer} not null,
    grant_id text not null,
    client_id text not null,
    principal_id text not null,
    scopes text not null,
    audiences text not null,
    state text not null check (state in ('active', 'claimed', 'revoked')),
    sealed_successor text,
    claimed_at ${integer},
    issued_at ${integer} not null,
    expires_at ${integer} not null
  ) ${strict}`,
  'create index token_family on token (tenant, grant_id)',
  'create index token_expiry on token (expires_at)',
  `create table artefact (
    tenant text not null references tenant (id),
    id text primary key,
    kind text not null,
    digest text not null,
    pepper_version ${integer} not null,
    client_id text not null,
    principal_id text,
    grant_id text,
    data text not null,
    created_at ${integer} not null,
    expires_at ${integer} not null,
    consumed_at ${integer}
  ) ${strict}`,
  'create index artefact_expiry on artefact (expires_at)',
]

const signingKeys = ({ integer, position, strict }: Flavour): readonly string[] => [
  `create table signing_key (
    position ${position},
    tenant text not null references tenant (id),
    id text not null unique,
    algorithm text not null,
    state text not null check (state in ('published', 'signing', 'retired', 'compromised')),
    public_jwk text not null,
    sealed_private_jwk text not null,
    kek_version ${integer} not null,
    created_at ${integer} not null,
    signs_at ${integer} not null,
    retired_at ${integer},
    deletes_at ${integer}
  ) ${strict}`,
  'create index signing_key_list on signing_key (tenant, position)',
]

const logs = ({ integer, position, strict, appendOnly }: Flavour): readonly string[] => [
  `create table counter (name text primary key, value ${integer} not null) ${strict}`,
  `insert into counter (name, value) values ('change', 0), ('change-floor', 0), ('event', 0)`,
  `create table change (
    sequence ${integer} primary key,
    tenant text not null,
    kind text not null,
    subject text not null,
    issued_before ${integer},
    expires_at ${integer} not null,
    at ${integer} not null
  ) ${strict}`,
  'create index change_expiry on change (expires_at)',
  `create table event (
    sequence ${integer} primary key,
    tenant text not null,
    type text not null,
    actor text not null,
    subject text not null,
    data text not null,
    at ${integer} not null,
    previous_hash text not null,
    hash text not null
  ) ${strict}`,
  'create index event_list on event (tenant, sequence)',
  ...appendOnly('event'),
  `create table decision (
    position ${position},
    id text not null unique,
    tenant text,
    at_ms ${integer} not null,
    json text not null
  ) ${strict}`,
  'create index decision_age on decision (at_ms)',
]

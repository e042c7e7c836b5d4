import type { Flavour } from './flavour.ts'

/** Clients that registered themselves (RFC 7591), and what they manage their registration with. */
export const registration = ({ integer, strict }: Flavour): readonly string[] => [
  `create table registration (
    tenant text not null references tenant (id),
    client_id text not null,
    token_id text not null,
    digest text not null,
    pepper_version ${integer} not null,
    created_at ${integer} not null,
    primary key (tenant, client_id),
    foreign key (tenant, client_id) references principal (tenant, id)
  ) ${strict}`,
  'create index registration_age on registration (created_at)',
  'create index consent_of_client on consent (tenant, client_id)',
]

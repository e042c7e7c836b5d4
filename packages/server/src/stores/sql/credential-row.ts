import type { Insertable, Selectable } from 'kysely'
import type { CredentialRecord } from '../../model/records.ts'
import { fromJson, toJson } from './json.ts'
import type { Schema } from './schema.ts'

type Row = Schema['credential']

/** A credential as the table holds it. */
export const toCredentialRow = (record: CredentialRecord): Insertable<Row> => ({
  tenant: record.tenant,
  id: record.id,
  kind: record.kind,
  principal_id: record.principalId,
  name: record.name,
  environment: record.environment,
  digest: record.digest,
  algorithm: record.algorithm,
  pepper_version: record.pepperVersion,
  scopes: toJson(record.scopes),
  limits: toJson(record.limits),
  networks: toJson(record.networks),
  metadata: toJson(record.metadata),
  not_before: record.notBefore,
  expires_at: record.expiresAt,
  revoked_at: record.revokedAt,
  revoked_reason: record.revokedReason,
  replaced_by: record.replacedBy,
  last_used_at: record.lastUsedAt,
  created_at: record.createdAt,
  public_jwk: record.publicJwk === null ? null : toJson(record.publicJwk),
  confirmation: record.confirmation === null ? null : toJson(record.confirmation),
  certificate: record.certificate === null ? null : toJson(record.certificate),
  authority: record.certificate?.authority ?? null,
  root_id: record.certificate?.root.id ?? null,
})

/** A credential as the rest of the authority sees it. */
export const toCredentialRecord = (row: Selectable<Row>): CredentialRecord => ({
  tenant: row.tenant,
  id: row.id,
  kind: row.kind,
  principalId: row.principal_id,
  name: row.name,
  environment: row.environment,
  digest: row.digest,
  algorithm: row.algorithm,
  pepperVersion: row.pepper_version,
  scopes: fromJson(row.scopes),
  limits: fromJson(row.limits),
  networks: fromJson(row.networks),
  metadata: fromJson(row.metadata),
  notBefore: row.not_before,
  expiresAt: row.expires_at,
  revokedAt: row.revoked_at,
  revokedReason: row.revoked_reason,
  replacedBy: row.replaced_by,
  lastUsedAt: row.last_used_at,
  createdAt: row.created_at,
  publicJwk: row.public_jwk === null ? null : fromJson(row.public_jwk),
  confirmation: row.confirmation === null ? null : fromJson(row.confirmation),
  certificate: row.certificate === null ? null : fromJson(row.certificate),
})

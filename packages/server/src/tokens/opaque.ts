import { matchesCredential, parseCredential } from 'countersign/api-key/mint'
import { pepperRing } from '../credentials/mint.ts'
import type { TokenRecord } from '../model/records.ts'
import type { Tenant } from '../tenants/directory.ts'
import {
  ACCESS_TOKEN_ENVIRONMENT,
  REFRESH_TOKEN_ENVIRONMENT,
  type KnownToken,
  type ReaderContext,
} from './known-token.ts'

/** Stored tokens by the environment part of their text. */
const KINDS: Readonly<Record<string, TokenRecord['kind']>> = {
  [ACCESS_TOKEN_ENVIRONMENT]: 'access',
  [REFRESH_TOKEN_ENVIRONMENT]: 'refresh',
}

/** Reports whether a text can only be a refresh token. Attacker-controlled. */
export const isRefreshToken = (text: string): boolean => {
  const parts = parseCredential(text)
  return parts.ok && parts.value.environment === REFRESH_TOKEN_ENVIRONMENT
}

/**
 * Reads an opaque access token or a refresh token. Checks, in order: form and checksum, digest (also
 * for an unknown id, SR-201), tenant, kind, state. One read, no write.
 *
 * @param text - Attacker-controlled.
 */
export async function readOpaque(
  { brand, store, secrets }: ReaderContext,
  tenant: Tenant,
  text: string,
): Promise<KnownToken | undefined> {
  const parts = parseCredential(text)
  if (!parts.ok || parts.value.brand !== brand) return undefined
  const wanted = KINDS[parts.value.environment]
  const record = await store.tokens.find(parts.value.id)
  const matches = await matchesCredential(pepperRing(secrets), record, text)
  if (!matches || record === undefined) return undefined
  const { kind, state } = record
  const good = record.tenant === tenant.id && kind === wanted && state === 'active'
  return good ? describe(record) : undefined
}

function describe(record: TokenRecord): KnownToken {
  const { tenant, id, clientId, principalId, scopes, audiences, issuedAt, expiresAt } = record
  const grant = record.grantId === '' ? {} : { grantId: record.grantId }
  const bound = record.confirmation === null ? {} : { confirmation: record.confirmation }
  return {
    kind: record.kind === 'refresh' ? 'refresh' : 'opaque',
    tenant,
    id,
    clientId,
    principalId,
    scopes,
    audiences,
    issuedAt,
    expiresAt,
    ...grant,
    ...bound,
    ...record.lineage,
  }
}

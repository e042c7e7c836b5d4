/** The members of a credential that can change, whatever its proof is. */
import type { Confirmation } from 'countersign'
import type { CredentialRecord, LimitRecord, PrincipalRecord } from '../model/records.ts'
import type { Unit } from './audited.ts'
import { checkBinding } from './binding.ts'
import {
  checkLimits,
  checkMetadata,
  checkName,
  checkNetworks,
  checkScopes,
  checkValidity,
} from './checks.ts'
import type { Refused } from './refusal.ts'

/** What of a credential can change. Not its environment, its owner or its secret. */
export interface CredentialChange {
  readonly name?: string | undefined
  readonly scopes?: readonly string[] | undefined
  readonly limits?: readonly LimitRecord[] | undefined
  readonly networks?: readonly string[] | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  readonly expiresAt?: number | null | undefined
  /** The key that whoever uses it must prove to hold as well; null for none. */
  readonly confirmation?: Confirmation | null | undefined
}

/** Checks the members that are given: scopes within the owner's, the rest by themselves. */
export function checkMembers(
  { name, scopes, networks, limits, metadata, confirmation }: CredentialChange,
  owner: PrincipalRecord | undefined,
): Refused | undefined {
  return (
    (name === undefined ? undefined : checkName(name)) ??
    checkScopes(scopes ?? [], owner?.scopes ?? []) ??
    checkNetworks(networks ?? []) ??
    checkLimits(limits ?? []) ??
    checkMetadata(metadata ?? {}) ??
    (confirmation ? checkBinding(confirmation) : undefined)
  )
}

/** An expiry may be brought forward or back, but not into the past. */
export function checkExpiryChange(
  unit: Unit,
  { notBefore }: CredentialRecord,
  { expiresAt }: CredentialChange,
): Refused | undefined {
  return expiresAt === undefined ? undefined : checkValidity(unit.now, { notBefore, expiresAt })
}

/** The members that are given, as the store takes them. */
export function changedMembers(change: CredentialChange): StoredChange {
  const { name, scopes, limits, networks, metadata, expiresAt, confirmation } = change
  return {
    ...(name === undefined ? {} : { name }),
    ...(scopes === undefined ? {} : { scopes }),
    ...(limits === undefined ? {} : { limits }),
    ...(networks === undefined ? {} : { networks }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(confirmation === undefined ? {} : { confirmation }),
  }
}

type StoredChange = Partial<
  Pick<
    CredentialRecord,
    'name' | 'scopes' | 'limits' | 'networks' | 'metadata' | 'expiresAt' | 'confirmation'
  >
>

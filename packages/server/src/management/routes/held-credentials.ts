/** The shapes that the credentials of services share, whatever their key is. */
import { z } from 'zod'
import { MAX_OVERLAP_SECONDS } from '../../credentials/rotation.ts'
import type { CredentialRecord } from '../../model/records.ts'
import { given, shown } from '../fields.ts'
import { pick } from '../pick.ts'

/** What one is shown with: what it may do, and how it lives. */
export const heldMembers = {
  scopes: shown.texts,
  limits: z.array(z.object(given.limits.element.shape)).readonly(),
  networks: shown.texts,
  metadata: shown.metadata,
  notBefore: shown.timeOrNull,
  expiresAt: shown.timeOrNull,
  revokedAt: shown.timeOrNull,
  revokedReason: shown.textOrNull,
} as const

/** When it was used and made. */
export const heldTimes = {
  lastUsedAt: shown.timeOrNull.meta({ description: 'At most a minute behind.' }),
  createdAt: shown.time,
} as const

/** What one is made of, beside its service and its key. */
export const newHeld = {
  name: given.name,
  scopes: given.scopes.meta({ description: 'Within those of the service. No default.' }),
  limits: given.limits.optional(),
  networks: given.networks.optional().meta({ description: 'CIDR blocks; none: everywhere.' }),
  metadata: given.metadata.optional(),
  notBefore: given.time.nullable().optional(),
  expiresAt: given.time.nullable().optional(),
} as const

/** What of one can change; every member is optional. Made anew: a schema has one name in the document. */
export const heldChange = () =>
  z
    .strictObject({
      name: given.name,
      scopes: given.scopes,
      limits: given.limits,
      networks: given.networks,
      metadata: given.metadata,
      expiresAt: given.time.nullable(),
    })
    .partial()

/** For how long two of them work at a rotation; `old` as in "the old key". */
export const overlapSeconds = (old: string) =>
  z
    .int()
    .min(0)
    .max(MAX_OVERLAP_SECONDS)
    .default(86_400)
    .meta({
      description: `How long ${old} still works; never longer than it would have anyway.`,
    })

/** A record as the shapes above have it. */
export const showHeld = (record: CredentialRecord) => ({
  ...pick(record, 'id', 'name', 'scopes', 'networks', 'metadata', 'notBefore'),
  ...pick(record, 'expiresAt', 'revokedAt', 'revokedReason', 'replacedBy', 'lastUsedAt'),
  serviceId: record.principalId,
  limits: [...record.limits],
  createdAt: record.createdAt,
})

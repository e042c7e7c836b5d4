import { err, ok, type Result } from 'countersign'
import type { ClientAuthMethod } from '../model/client-settings.ts'
import type { Profile } from '../profiles/profile.ts'
import { PERSONAL_GRANTS, readClientMetadata, type DescribedClient } from './client-metadata.ts'
import type { MetadataFault } from './fault.ts'
import type { Metadata } from './members.ts'
import type { ResolvedRegistration } from './terms.ts'

/** Mechanisms of registered clients: those of which everything is said in their metadata. */
const AUTH_METHODS: readonly ClientAuthMethod[] = [
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
  'self_signed_tls_client_auth',
  'none',
]

/**
 * Reads what a client that registers itself says, under the terms of the operator: whom nobody vouched
 * for gets no grant without a person behind it, and may ask people for all that the terms have, whatever
 * part of it it named: MCP clients name what their first request needs, and ask for more when a tool
 * wants it. The answer says so (RFC 7591 §3.2.1). Statements of others are not taken (§2.3): nobody is
 * trusted to make them.
 *
 * @param metadata - Attacker-controlled.
 */
export function readRegistration(
  metadata: Metadata,
  terms: ResolvedRegistration,
  profile: Profile,
): Result<DescribedClient, MetadataFault> {
  if (metadata['software_statement'] !== undefined) {
    const description = 'Software statements are not taken.'
    return err({ error: 'unapproved_software_statement', description })
  }
  const authMethods = AUTH_METHODS.filter((one) => profile.clientAuthMethods.includes(one))
  const read = readClientMetadata(metadata, {
    terms,
    profile,
    origin: 'registration',
    grantTypes:
      terms.access === 'anyone' ? PERSONAL_GRANTS : [...PERSONAL_GRANTS, 'client_credentials'],
    authMethods,
    // RFC 7591 §2, where the profile has it.
    usualAuthMethod: authMethods[0] ?? 'private_key_jwt',
    others: 'refuse',
  })
  return read.ok && terms.access === 'anyone' ? ok({ ...read.value, scopes: terms.scopes }) : read
}

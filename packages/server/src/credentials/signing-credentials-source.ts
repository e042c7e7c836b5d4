import { coversScope, type RegisteredCredential } from 'countersign'
import type { SigningCredential, SigningKeySource } from 'countersign/http-signature'
import { deriveSigningKey, type SigV4Source } from 'countersign/sigv4'
import type { CredentialRecord, PrincipalRecord, TenantRecord } from '../model/records.ts'
import type { RegistryContext } from './audited.ts'
import { deriveSigningSecret } from './signing-credentials-keys.ts'

type SourceContext = Pick<RegistryContext, 'store' | 'secrets'>

/**
 * Keys of this authority that sign requests, for the library's `httpSignature`: the `keyid` is the
 * credential's id. A key falls with its service and its tenant, and does no more than the service
 * may now.
 *
 * @param tenant - Only the keys of this tenant; another's is unknown. Every tenant's when absent:
 * for guards that look at `principal.tenant` themselves.
 */
export function signingKeySource(ctx: SourceContext, tenant?: string): SigningKeySource {
  return {
    kind: 'records',
    find: async (keyId) => {
      const found = await findOwned(ctx, keyId, tenant)
      return found === undefined ? undefined : signingCredentialOf(ctx, found)
    },
  }
}

/**
 * HMAC keys of this authority as access keys, for the library's `sigv4`: the access key id is the
 * credential's id, the secret access key the text that was shown. It answers the key of the one
 * day, region and service that is asked for, never the secret.
 *
 * @param tenant - As with {@link signingKeySource}.
 */
export function sigv4Source(ctx: SourceContext, tenant?: string): SigV4Source {
  return {
    find: async (accessKeyId, scope) => {
      const found = await findOwned(ctx, accessKeyId, tenant)
      if (found?.credential.kind !== 'hmac_key') return undefined
      const secret = deriveSigningSecret(ctx.secrets, found.credential)
      return { ...found.registered, key: { signingKey: await deriveSigningKey(secret, scope) } }
    },
  }
}

/** A signing credential with what it falls with. */
interface Owned {
  readonly credential: CredentialRecord
  readonly registered: RegisteredCredential
}

/** A signing credential by its public id, together with its owner and its tenant. */
async function findOwned(
  { store }: SourceContext,
  id: string,
  tenant: string | undefined,
): Promise<Owned | undefined> {
  const credential = await store.credentials.find(id)
  if (credential?.kind !== 'hmac_key' && credential?.kind !== 'public_key') return undefined
  if (tenant !== undefined && credential.tenant !== tenant) return undefined
  const [owner, home] = await Promise.all([
    store.principals.find(credential.tenant, credential.principalId),
    store.tenants.find(credential.tenant),
  ])
  if (owner === undefined || home === undefined) return undefined
  return { credential, registered: registeredOf(credential, owner, home) }
}

function signingCredentialOf(
  { secrets }: SourceContext,
  { credential, registered }: Owned,
): SigningCredential | undefined {
  if (credential.kind === 'hmac_key') {
    const secret = deriveSigningSecret(secrets, credential)
    return { ...registered, algorithm: 'hmac-sha256', secret }
  }
  const { publicJwk } = credential
  // The curve of an Ed25519 or P-256 key is its algorithm.
  return publicJwk === null ? undefined : { ...registered, publicJwk }
}

function registeredOf(
  credential: CredentialRecord,
  owner: PrincipalRecord,
  tenant: TenantRecord,
): RegisteredCredential {
  return {
    id: credential.id,
    tenant: credential.tenant,
    principalId: owner.id,
    principalType: owner.kind,
    scopes: credential.scopes.filter((scope) => coversScope(owner.scopes, scope)),
    metadata: credential.metadata,
    limits: credential.limits,
    networks: credential.networks,
    notBefore: credential.notBefore,
    expiresAt: credential.expiresAt,
    revokedAt: credential.revokedAt ?? owner.revokedAt ?? tenant.revokedAt,
    confirmation: credential.confirmation,
  }
}

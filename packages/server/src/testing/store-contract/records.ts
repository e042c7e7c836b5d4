import type {
  CertificateAuthorityRecord,
  CredentialRecord,
  GrantRecord,
  PrincipalRecord,
  SigningKeyRecord,
  TokenRecord,
} from '../../model/records.ts'
import type { NewChange, NewEvent } from '../../model/store.ts'

/** Records with every field filled in, for contract and unit tests. */

/** The time of the samples, in seconds. */
export const NOW = 1_800_000_000

/** A service of the default tenant. */
export const samplePrincipal = (given: Partial<PrincipalRecord> = {}): PrincipalRecord => ({
  tenant: 'default',
  id: 'svc_one',
  kind: 'service',
  name: 'Orders "α" \t worker',
  username: null,
  scopes: ['orders:read', 'orders:*'],
  metadata: { team: 'α', nested: { list: [1, null, 'x'] } },
  client: null,
  createdAt: NOW,
  revokedAt: null,
  ...given,
})

/** An API key of {@link samplePrincipal}. */
export const sampleCredential = (given: Partial<CredentialRecord> = {}): CredentialRecord => ({
  tenant: 'default',
  id: 'key000000001',
  kind: 'api_key',
  principalId: 'svc_one',
  name: 'ci',
  environment: 'live',
  digest: 'ZGlnZXN0',
  algorithm: 'hmac-sha256',
  pepperVersion: 2,
  scopes: ['orders:read'],
  limits: [{ name: 'burst', algorithm: 'gcra', limit: 10, windowSeconds: 60, burst: 3 }],
  networks: ['10.0.0.0/8'],
  metadata: { ticket: 7 },
  notBefore: NOW - 5,
  expiresAt: NOW + 3600,
  revokedAt: null,
  revokedReason: null,
  replacedBy: null,
  lastUsedAt: null,
  publicJwk: null,
  confirmation: null,
  certificate: null,
  createdAt: NOW,
  ...given,
})

/** The CA that signs. */
export const sampleAuthority = (
  given: Partial<CertificateAuthorityRecord> = {},
): CertificateAuthorityRecord => ({
  tenant: 'default',
  id: 'ca-1',
  name: 'CA',
  state: 'active',
  since: NOW,
  notAfter: NOW + 1000,
  certificate: new Uint8Array([48, 0, 255]),
  sealedPrivateKey: 'sealed',
  kekVersion: 1,
  createdAt: NOW,
  ...given,
})

/** A certificate of {@link sampleAuthority} that began with {@link sampleCredential}. */
export const sampleCertificate = (
  serial: string,
  given: Partial<CredentialRecord> = {},
): CredentialRecord =>
  sampleCredential({
    id: `x5t-${serial}`,
    kind: 'certificate',
    algorithm: 'x5t#S256',
    certificate: {
      authority: 'ca-1',
      serial,
      spiffe: 'spiffe://example.org/default/service/svc_one',
      dns: [],
      root: {
        kind: 'credential',
        id: sampleCredential().id,
        grantId: null,
        clientId: null,
        keyId: null,
        issuedAt: NOW,
        expiresAt: null,
      },
    },
    ...given,
  })

/** A grant of a client to itself. */
export const sampleGrant = (given: Partial<GrantRecord> = {}): GrantRecord => ({
  tenant: 'default',
  id: 'grant-1',
  clientId: 'cli_one',
  principalId: 'cli_one',
  scopes: ['orders:read'],
  audiences: ['https://api.example'],
  sessionId: 'ses_1',
  facts: { authentication: { at: NOW, amr: ['pwd'] }, nonce: 'n' },
  createdAt: NOW,
  expiresAt: null,
  revokedAt: null,
  ...given,
})

/** An opaque access token of {@link sampleGrant}. */
export const sampleToken = (given: Partial<TokenRecord> = {}): TokenRecord => ({
  tenant: 'default',
  id: 'token0000001',
  kind: 'access',
  digest: 'ZGlnZXN0',
  pepperVersion: 1,
  grantId: 'grant-1',
  clientId: 'cli_one',
  principalId: 'cli_one',
  scopes: ['orders:read'],
  audiences: ['https://api.example'],
  confirmation: null,
  state: 'active',
  sealedSuccessor: null,
  claimedAt: null,
  issuedAt: NOW,
  expiresAt: NOW + 900,
  ...given,
})

/** A key that verifiers may already know. */
export const sampleSigningKey = (given: Partial<SigningKeyRecord> = {}): SigningKeyRecord => ({
  tenant: 'default',
  id: 'kid-1',
  algorithm: 'ES256',
  state: 'published',
  publicJwk: { kty: 'EC', crv: 'P-256' },
  sealedPrivateJwk: 'sealed',
  kekVersion: 1,
  createdAt: NOW,
  signsAt: NOW + 60,
  retiredAt: null,
  deletesAt: null,
  ...given,
})

/** A revocation of {@link sampleCredential}. */
export const sampleChange = (given: Partial<NewChange> = {}): NewChange => ({
  tenant: 'default',
  kind: 'credential',
  subject: 'key000000001',
  issuedBefore: null,
  expiresAt: NOW + 3600,
  at: NOW,
  ...given,
})

/** A line of the audit log. */
export const sampleEvent = (given: Partial<NewEvent> = {}): NewEvent => ({
  tenant: 'default',
  type: 'key.created',
  actor: 'cli',
  subject: 'key000000001',
  data: { scopes: ['orders:read'] },
  at: NOW,
  ...given,
})

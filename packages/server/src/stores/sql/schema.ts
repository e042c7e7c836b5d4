import type { Generated } from 'kysely'
import type { ArtefactKind } from '../../model/authorization.ts'
import type {
  CertificateAuthorityState,
  CredentialKind,
  CredentialRecord,
  PrincipalKind,
  RevocationKind,
  SigningKeyState,
  TokenRecord,
} from '../../model/records.ts'

/**
 * The tables, one interface each, columns as the database spells them. Times are integer seconds;
 * `Json` columns hold text that only `json.ts` writes and reads. `position` numbers the rows of a
 * list in the order they were made.
 */
export interface Schema {
  tenant: TenantRow
  principal: PrincipalRow
  credential: CredentialRow
  token_grant: GrantRow
  token: TokenRow
  artefact: ArtefactRow
  signing_key: SigningKeyRow
  certificate_authority: CertificateAuthorityRow
  change: ChangeRow
  event: EventRow
  decision: DecisionRow
  counter: CounterRow
  replay: ReplayRow
  limit_counter: LimitCounterRow
  leadership: LeadershipRow
  credential_usage: CredentialUsageRow
  session: SessionRow
  consent: ConsentRow
  registration: RegistrationRow
}

/** A JSON text. */
type Json = string

interface TenantRow {
  id: string
  name: string
  created_at: number
  revoked_at: number | null
}

interface PrincipalRow {
  position: Generated<number>
  tenant: string
  id: string
  kind: PrincipalKind
  name: string
  username: string | null
  scopes: Json
  metadata: Json
  client: Json | null
  created_at: number
  revoked_at: number | null
}

interface CredentialRow {
  position: Generated<number>
  tenant: string
  id: string
  kind: CredentialKind
  principal_id: string
  name: string
  environment: string
  digest: string
  algorithm: CredentialRecord['algorithm']
  pepper_version: number
  scopes: Json
  limits: Json
  networks: Json
  metadata: Json
  not_before: number | null
  expires_at: number | null
  revoked_at: number | null
  revoked_reason: string | null
  replaced_by: string | null
  last_used_at: number | null
  created_at: number
  public_jwk: Json | null
  confirmation: Json | null
  certificate: Json | null
  /** Members of `certificate` that are looked up by. */
  authority: string | null
  root_id: string | null
}

interface GrantRow {
  tenant: string
  id: string
  client_id: string
  principal_id: string
  scopes: Json
  audiences: Json
  session_id: string | null
  facts: Json
  created_at: number
  expires_at: number | null
  revoked_at: number | null
}

interface TokenRow {
  tenant: string
  id: string
  kind: TokenRecord['kind']
  digest: string
  pepper_version: number
  grant_id: string
  client_id: string
  principal_id: string
  scopes: Json
  audiences: Json
  confirmation: Json | null
  state: TokenRecord['state']
  sealed_successor: string | null
  lineage: string | null
  claimed_at: number | null
  issued_at: number
  expires_at: number
}

/** Single-use artefacts: authorization codes, pushed requests, device codes. */
interface ArtefactRow {
  tenant: string
  id: string
  kind: ArtefactKind
  digest: string
  pepper_version: number
  client_id: string
  principal_id: string | null
  grant_id: string | null
  lookup: string | null
  data: Json
  sealed_response: string | null
  created_at: number
  expires_at: number
  consumed_at: number | null
}

interface SessionRow {
  position: Generated<number>
  tenant: string
  id: string
  digest: string
  pepper_version: number
  principal_id: string
  authentication: Json
  label: string
  created_at: number
  last_seen_at: number
  expires_at: number
  revoked_at: number | null
}

interface ConsentRow {
  position: Generated<number>
  tenant: string
  principal_id: string
  client_id: string
  scopes: Json
  audiences: Json
  created_at: number
  updated_at: number
  expires_at: number | null
  revoked_at: number | null
}

interface RegistrationRow {
  tenant: string
  client_id: string
  token_id: string
  digest: string
  pepper_version: number
  created_at: number
}

interface SigningKeyRow {
  position: Generated<number>
  tenant: string
  id: string
  algorithm: string
  state: SigningKeyState
  public_jwk: Json
  sealed_private_jwk: string
  kek_version: number
  created_at: number
  signs_at: number
  retired_at: number | null
  deletes_at: number | null
}

interface CertificateAuthorityRow {
  position: Generated<number>
  tenant: string
  id: string
  name: string
  state: CertificateAuthorityState
  since: number
  not_after: number
  /** DER, base64. */
  certificate: string
  sealed_private_key: string
  kek_version: number
  created_at: number
}

interface ChangeRow {
  sequence: number
  tenant: string
  kind: RevocationKind
  subject: string
  issued_before: number | null
  expires_at: number
  at: number
}

interface EventRow {
  sequence: number
  tenant: string
  type: string
  actor: string
  subject: string
  data: Json
  at: number
  previous_hash: string
  hash: string
}

interface DecisionRow {
  position: Generated<number>
  id: string
  /** Null when the request was refused before a tenant was known. */
  tenant: string | null
  at_ms: number
  json: Json
}

/** One use that was claimed; `id` is a digest of whose it is and which. */
interface ReplayRow {
  id: string
  expires_at: number
}

/** What was spent of a limit; `id` is a digest of which limit of whom, `expires_at` in seconds. */
interface LimitCounterRow {
  id: string
  at_ms: number
  current: number
  previous: number
  expires_at: number
}

/** Numbers that must be gap-free in commit order, one row each; see `counters.ts`. */
interface CounterRow {
  name: CounterName
  value: number
}

/**
 * `change` and `event` number those tables; `change-floor` is the last change swept away;
 * `replay-fence` is the second before which no single use is remembered; `certificate-bundle` counts
 * changes of the set of CAs, `certificate-list` numbers the lists of revoked certificates.
 */
export type CounterName =
  | 'change'
  | 'change-floor'
  | 'event'
  | 'replay-fence'
  | 'certificate-bundle'
  | 'certificate-list'

interface LeadershipRow {
  name: string
  holder: string
  fence: number
  until_ms: number
}

interface CredentialUsageRow {
  credential_id: string
  hour: number
  uses: number
}

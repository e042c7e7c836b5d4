import {
  CREDENTIAL_LENGTHS,
  parseCredential,
  serializeCredential,
} from '../core/credential-format.ts'
import { randomBase62 } from '../core/random.ts'
import { digestOpaqueToken, mintOpaqueToken } from '../methods/opaque/mint.ts'
import type { OpaqueRecords, OpaqueTokenRecord } from '../methods/opaque/source.ts'
import { TEST_PEPPERS } from './test-peppers.ts'

/** What can be wrong with a token that was made to be refused. */
export type OpaqueFault = 'truncated' | 'wrong-secret' | 'unknown' | 'revoked' | 'expired'

/** Which token a test wants. */
export interface TestOpaqueOptions {
  /** @defaultValue `test` */
  readonly brand?: string
  /** @defaultValue `access` */
  readonly kind?: 'access' | 'refresh'
  /** Seconds since the epoch: when it is issued. @defaultValue 1 700 000 000 */
  readonly now?: number
  /** @defaultValue nothing: a good token, for an hour */
  readonly broken?: OpaqueFault
  /** Anything of the record that the test cares about; `audiences` most of all. */
  readonly record?: Partial<Omit<OpaqueTokenRecord, 'id' | 'digest' | 'pepperVersion'>>
}

/** A token for a test. */
export interface TestOpaqueToken {
  /** The token as a caller sends it. In a test it is no secret. */
  readonly token: string
  /** Ready to be spread into a request. */
  readonly headers: { readonly authorization: string }
  /** What a verifier looks up. */
  readonly record: OpaqueTokenRecord
  /** A source that knows this token and no other, unless it is `unknown`. */
  readonly source: OpaqueRecords
}

/** Makes an opaque token, good or broken on purpose, with its record and its source. */
export async function mintTestOpaque(options: TestOpaqueOptions = {}): Promise<TestOpaqueToken> {
  const { brand = 'test', kind = 'access', now = 1_700_000_000, broken } = options
  const { id, token } = mintOpaqueToken({ brand, kind })
  const record: OpaqueTokenRecord = {
    tenant: 'default',
    active: true,
    principalId: 'usr_test',
    scopes: [],
    audiences: ['https://api.example.test'],
    issuedAt: now,
    expiresAt: now + 3600,
    ...options.record,
    ...(broken === 'revoked' ? { active: false } : {}),
    ...(broken === 'expired' ? { expiresAt: now - 1 } : {}),
    // oxlint-disable-next-line typescript/await-thenable -- WebCrypto answers with a promise
    ...(await digestOpaqueToken(TEST_PEPPERS, token)),
    id,
  }
  const text = damage(token.reveal(), broken)
  return {
    token: text,
    headers: { authorization: `Bearer ${text}` },
    record,
    source: opaqueSource(broken === 'unknown' ? [] : [record]),
  }
}

/** A source that knows the given records. */
export function opaqueSource(records: readonly OpaqueTokenRecord[]): OpaqueRecords {
  const byId = new Map(records.map((record) => [record.id, record]))
  return { kind: 'records', find: (id) => byId.get(id), peppers: TEST_PEPPERS }
}

function damage(token: string, fault: OpaqueFault | undefined): string {
  if (fault === 'truncated') return token.slice(0, -1)
  const parsed = parseCredential(token)
  if (fault !== 'wrong-secret' || !parsed.ok) return token
  return serializeCredential(parsed.value, randomBase62(CREDENTIAL_LENGTHS.secret))
}

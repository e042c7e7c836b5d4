import type { Secret } from '../core/secret.ts'
import {
  CREDENTIAL_LENGTHS,
  parseCredential,
  serializeCredential,
} from '../core/credential-format.ts'
import { randomBase62 } from '../core/random.ts'
import { digestCredential } from '../crypto/generated-secret.ts'
import { mintApiKey } from '../methods/api-key/mint.ts'
import type { ApiKeyRecord, ApiKeySource } from '../methods/api-key/source.ts'
import { TEST_PEPPERS } from './test-peppers.ts'

/** What can be wrong with a key that was made to be refused. */
export type ApiKeyFault =
  | 'truncated'
  | 'checksum'
  | 'wrong-secret'
  | 'unknown'
  | 'revoked'
  | 'expired'
  | 'not-yet-valid'

/** Which key a test wants. */
export interface TestApiKeyOptions {
  /** @defaultValue `test` */
  readonly brand?: string
  /** @defaultValue `live` */
  readonly environment?: string
  /** Seconds since the epoch, for `expired` and `not-yet-valid`. @defaultValue 1 700 000 000 */
  readonly now?: number
  /** @defaultValue nothing: a good key */
  readonly broken?: ApiKeyFault
  /** Anything of the record that the test cares about. */
  readonly record?: Partial<Omit<ApiKeyRecord, 'id' | 'digest' | 'pepperVersion'>>
}

/** A key for a test. */
export interface TestApiKey {
  /** The key as a caller sends it. In a test it is no secret. */
  readonly key: string
  /** Ready to be spread into a request. */
  readonly headers: { readonly 'x-api-key': string }
  /** What a verifier looks up. */
  readonly record: ApiKeyRecord
  /** A source that knows this key and no other, unless it is `unknown`. */
  readonly source: ApiKeySource
}

/** Makes an API key, good or broken on purpose, with the record and the source that belong to it. */
export async function mintTestApiKey(options: TestApiKeyOptions = {}): Promise<TestApiKey> {
  const { brand = 'test', environment = 'live', now = 1_700_000_000, broken } = options
  const { id, key } = mintApiKey({ brand, environment })
  const record: ApiKeyRecord = {
    tenant: 'default',
    principalId: 'svc_test',
    scopes: [],
    ...options.record,
    ...lifecycle(broken, now),
    ...(await digestOf(key)),
    id,
  }
  const text = broken === undefined ? key.reveal() : damage(key.reveal(), broken)
  const source = apiKeySource(broken === 'unknown' ? [] : [record])
  return { key: text, headers: { 'x-api-key': text }, record, source }
}

/** A source that knows the given records. */
export function apiKeySource(records: readonly ApiKeyRecord[]): ApiKeySource {
  const byId = new Map(records.map((record) => [record.id, record]))
  return { kind: 'records', find: (id) => byId.get(id), peppers: TEST_PEPPERS }
}

const digestOf = async (key: Secret): Promise<{ digest: string; pepperVersion: number }> =>
  // oxlint-disable-next-line typescript/await-thenable -- WebCrypto answers with a promise
  await digestCredential(TEST_PEPPERS, key)

function lifecycle(broken: ApiKeyFault | undefined, now: number): Partial<ApiKeyRecord> {
  if (broken === 'revoked') return { revokedAt: now - 1 }
  if (broken === 'expired') return { expiresAt: now - 1 }
  return broken === 'not-yet-valid' ? { notBefore: now + 3600 } : {}
}

function damage(key: string, fault: ApiKeyFault): string {
  if (fault === 'truncated') return key.slice(0, -1)
  if (fault === 'checksum') return key.slice(0, -1) + (key.endsWith('0') ? '1' : '0')
  const parsed = parseCredential(key)
  if (fault !== 'wrong-secret' || !parsed.ok) return key
  return serializeCredential(parsed.value, randomBase62(CREDENTIAL_LENGTHS.secret))
}

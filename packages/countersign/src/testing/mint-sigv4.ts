import { randomBase62 } from '../core/random.ts'
import { Secret } from '../core/secret.ts'
import type { SigV4Record, SigV4Source } from '../methods/sigv4/source.ts'

/** What can be wrong with an access key that was made to be refused. */
export type AccessKeyFault = 'wrong-secret' | 'unknown' | 'revoked' | 'expired' | 'not-yet-valid'

/** Which access key a test wants. */
export interface TestAccessKeyOptions {
  /** Seconds since the epoch, for `expired` and `not-yet-valid`. @defaultValue 1 700 000 000 */
  readonly now?: number
  /** @defaultValue nothing: a good key */
  readonly broken?: AccessKeyFault
  /** Anything of the record that the test cares about. */
  readonly record?: Partial<Omit<SigV4Record, 'id' | 'key'>>
}

/** An access key for a test. */
export interface TestAccessKey {
  readonly accessKeyId: string
  /** What signs. In a test it is no secret. */
  readonly secretAccessKey: string
  readonly record: SigV4Record
  /** A source that knows this key and no other, unless it is `unknown`. */
  readonly source: SigV4Source
}

/** Makes an access key for SigV4, good or broken on purpose, with its record and source. */
export function mintTestAccessKey(options: TestAccessKeyOptions = {}): TestAccessKey {
  const { now = 1_700_000_000, broken } = options
  const accessKeyId = `AK${randomBase62(18)}`
  const known = randomBase62(40)
  const record: SigV4Record = {
    id: accessKeyId,
    tenant: 'default',
    principalId: 'svc_test',
    scopes: [],
    ...options.record,
    key: { secret: new Secret(known) },
    ...(broken === 'revoked' ? { revokedAt: now - 1 } : {}),
    ...(broken === 'expired' ? { expiresAt: now } : {}),
    ...(broken === 'not-yet-valid' ? { notBefore: now + 1 } : {}),
  }
  const find: SigV4Source['find'] = (id) =>
    id === accessKeyId && broken !== 'unknown' ? record : undefined
  const secretAccessKey = broken === 'wrong-secret' ? randomBase62(40) : known
  return { accessKeyId, secretAccessKey, record, source: { find } }
}

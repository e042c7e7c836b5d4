import { macKey } from '#crypto'
import { UnavailableError } from '../../core/errors.ts'
import { LruCache } from '../../core/lru.ts'
import { map, type MaybePromise } from '../../core/maybe.ts'
import { randomId } from '../../core/random.ts'
import { Secret } from '../../core/secret.ts'
import type { MacKey } from '../../crypto/seam.ts'
import { deriveSigningKey } from './derive.ts'
import { serializeScope, type SigV4Scope } from './scope.ts'
import type { SigV4Record } from './source.ts'

/** A shorter secret can be guessed from one captured signature. */
const MIN_SECRET_LENGTH = 16
const SIGNING_KEY_BYTES = 32

interface Derived {
  readonly secret: string
  readonly key: MacKey
}

interface Imported {
  readonly bytes: Uint8Array
  readonly key: MacKey
}

/** Derives signing keys, and keeps those of the day: five HMACs are spared on each request. */
export class DayKeys {
  readonly #derived = new LruCache<string, Derived>(10_000)
  /** Importing a key costs as much as using it, and a source that keeps records gives the same bytes. */
  readonly #given = new WeakMap<Uint8Array, Imported>()
  /** Unknown ids cost the same work as known ones, and are verified against nobody's key. */
  readonly #decoy = new Secret(randomId('decoy') + randomId('decoy'))

  /**
   * The key that verifies for a record, or one that verifies nothing when there is no record.
   *
   * @throws {@link UnavailableError} for a key that cannot be meant: an empty secret is everybody's.
   */
  of(record: SigV4Record | undefined, scope: SigV4Scope): MaybePromise<MacKey> {
    if (record === undefined) return this.#derive('', this.#decoy, scope)
    const { key, tenant, id } = record
    if ('signingKey' in key) {
      assertKey(key.signingKey.length === SIGNING_KEY_BYTES, id)
      return this.#import(key.signingKey)
    }
    assertKey(key.secret.reveal().length >= MIN_SECRET_LENGTH, id)
    return this.#derive(`${tenant} ${id}`, key.secret, scope)
  }

  #import(given: Uint8Array): MaybePromise<MacKey> {
    const kept = this.#given.get(given)
    // Bytes can be overwritten in place; then they are another key.
    if (kept?.bytes.every((byte, index) => byte === given[index]) === true) return kept.key
    const bytes = new Uint8Array(given)
    return map(macKey(bytes), (key) => {
      this.#given.set(given, { bytes, key })
      return key
    })
  }

  #derive(owner: string, secret: Secret, scope: SigV4Scope): MaybePromise<MacKey> {
    const name = `${owner} ${serializeScope(scope)}`
    const kept = this.#derived.peek(name)
    // A secret that was rotated under the same id is another key.
    if (kept !== undefined && kept.secret === secret.reveal()) return kept.key
    return map(map(deriveSigningKey(secret, scope), macKey), (key) => {
      this.#derived.set(name, { secret: secret.reveal(), key })
      return key
    })
  }
}

function assertKey(condition: boolean, id: string): void {
  if (condition) return
  throw new UnavailableError('credential', `credential ${id}: its key has not the right length`)
}

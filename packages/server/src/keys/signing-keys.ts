import { map, type Clock, type MaybePromise } from 'countersign'
import type { ClaimsByAlgorithm, SigningKeys } from '../context.ts'
import type { SigningKeyRecord } from '../model/records.ts'
import type { Term } from '../operations/leadership.ts'
import { loadKeyRing, signerOf, type KeyRing } from './key-ring.ts'
import { advanceKeys, rotateKeys, type RotationContext, type RotationRequest } from './rotation.ts'
import type { SigningAlgorithm } from './rules.ts'
import type { OwnToken } from './verifier.ts'

/** What signing keys are made of. */
export interface SigningKeysOptions extends RotationContext {
  readonly clock: Clock
}

/** {@link SigningKeys}, and what only the assembly of the authority calls. */
export interface ManagedSigningKeys extends SigningKeys {
  /** Reads again what is in memory: another node moves the keys. */
  refresh(): Promise<void>
  /** Forgets what was read: the store has changed. */
  forget(): void
  /** What an access token signed here says; undefined for anything else. Checks no claim. */
  verify(tenant: string, token: string): MaybePromise<OwnToken | undefined>
  /** The same for ID tokens: an access token is none, and the other way round. */
  verifyIdToken(tenant: string, token: string): MaybePromise<OwnToken | undefined>
  /** What the tenant's current key signs with. */
  algorithm(tenant: string): MaybePromise<SigningAlgorithm>
  /** The public keys, at once when they are in memory. */
  published(tenant: string): MaybePromise<KeyRing['jwks']>
}

/** Makes the signing keys of an authority. Any number of processes may share one store. */
export const signingKeys = (options: SigningKeysOptions): ManagedSigningKeys =>
  new StoredSigningKeys(options)

class StoredSigningKeys implements ManagedSigningKeys {
  readonly #options: SigningKeysOptions
  readonly #rings = new Map<string, KeyRing>()
  readonly #loading = new Map<string, Promise<KeyRing>>()

  constructor(options: SigningKeysOptions) {
    this.#options = options
  }

  sign(
    tenant: string,
    { typ }: { readonly typ: string },
    claims: Readonly<Record<string, unknown>> | ClaimsByAlgorithm,
  ): Promise<string> {
    const ring = this.#fresh(tenant)
    const signWith = (loaded: KeyRing): Promise<string> => {
      const signer = signerOf(loaded)
      return signer.sign(typ, typeof claims === 'function' ? claims(signer.algorithm) : claims)
    }
    return ring === undefined ? this.#reload(tenant).then(signWith) : signWith(ring)
  }

  async jwks(tenant: string): Promise<KeyRing['jwks']> {
    return this.published(tenant)
  }

  published(tenant: string): MaybePromise<KeyRing['jwks']> {
    return map(this.#fresh(tenant) ?? this.#reload(tenant), ({ jwks }) => jwks)
  }

  verify(tenant: string, token: string): MaybePromise<OwnToken | undefined> {
    return map(this.#fresh(tenant) ?? this.#reload(tenant), ({ verifier }) =>
      verifier.verify(token),
    )
  }

  verifyIdToken(tenant: string, token: string): MaybePromise<OwnToken | undefined> {
    return map(this.#fresh(tenant) ?? this.#reload(tenant), ({ idTokens }) =>
      idTokens.verify(token),
    )
  }

  algorithm(tenant: string): MaybePromise<SigningAlgorithm> {
    return map(this.#fresh(tenant) ?? this.#reload(tenant), (ring) => signerOf(ring).algorithm)
  }

  async list(tenant: string): Promise<readonly SigningKeyRecord[]> {
    return (await this.#reload(tenant)).records
  }

  async rotate(tenant: string, request: RotationRequest): Promise<readonly SigningKeyRecord[]> {
    await this.#reload(tenant)
    await rotateKeys(this.#options, tenant, { ...request, now: this.#now() })
    this.forget()
    return this.list(tenant)
  }

  async advance(now: number, term?: Term): Promise<void> {
    for (const { id, revokedAt } of await this.#options.store.tenants.list()) {
      if (revokedAt !== null) continue
      // One after the other: this is background work, and must not crowd out requests.
      // oxlint-disable-next-line no-await-in-loop -- see above
      await advanceKeys({ ...this.#options, term }, id, now)
      // oxlint-disable-next-line no-await-in-loop -- see above
      if (this.#rings.has(id)) await this.#reload(id)
    }
  }

  async refresh(): Promise<void> {
    // oxlint-disable-next-line no-await-in-loop -- background work, one at a time
    for (const tenant of this.#rings.keys()) await this.#reload(tenant)
  }

  forget(): void {
    // The rings stay, as owners of opened signers; none is used again before it was reloaded.
    for (const [tenant, ring] of this.#rings) {
      this.#rings.set(tenant, { ...ring, loadedAt: Number.NEGATIVE_INFINITY })
    }
  }

  #now(): number {
    return Math.floor(this.#options.clock() / 1000)
  }

  #fresh(tenant: string): KeyRing | undefined {
    const ring = this.#rings.get(tenant)
    if (ring === undefined) return undefined
    return this.#now() - ring.loadedAt < this.#options.rules.reloadSeconds ? ring : undefined
  }

  #reload(tenant: string): Promise<KeyRing> {
    const flying = this.#loading.get(tenant)
    if (flying !== undefined) return flying
    const loading = this.#load(tenant).finally(() => this.#loading.delete(tenant))
    this.#loading.set(tenant, loading)
    return loading
  }

  async #load(tenant: string): Promise<KeyRing> {
    const now = this.#now()
    let ring = await loadKeyRing(this.#options, tenant, { now, before: this.#rings.get(tenant) })
    if (ring.signer === undefined) {
      // The tenant's first use, or all its keys are gone.
      await advanceKeys(this.#options, tenant, now)
      ring = await loadKeyRing(this.#options, tenant, { now, before: ring })
    }
    this.#rings.set(tenant, ring)
    return ring
  }
}

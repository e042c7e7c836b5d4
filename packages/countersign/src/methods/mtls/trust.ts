import { assertConfig } from '../../core/errors.ts'
import { resolveBundle, type AnchorState, type ResolvedBundle, type TrustBundle } from './bundle.ts'
import { denialKey, type Denial } from './denial.ts'

/** How much an authority is still used: whether it can go is a question of data. */
export interface AnchorUse {
  readonly trustDomain: string
  readonly name: string
  readonly state: AnchorState
  /** Requests that were accepted because of it, in this process. */
  readonly uses: number
  /** Seconds since the epoch; undefined: never in this process. */
  readonly lastUsedAt: number | undefined
}

interface Count {
  uses: number
  lastUsedAt: number
}

/**
 * Who may vouch for clients, and who is refused all the same. Everything can be changed while
 * requests are served: each change raises {@link TrustStore.version}, and a verdict of an older
 * version is never used again. So a live connection, or a TLS session that is resumed, is judged by
 * the trust of now and not by that of its handshake (SR-302).
 *
 * It does not close connections, and does not distribute bundles.
 */
export class TrustStore {
  readonly #bundles = new Map<string, ResolvedBundle>()
  readonly #denied = new Set<string>()
  readonly #counts = new Map<string, Count>()
  #version = 1

  /** @throws {@link ConfigError} for bundles that cannot be read, or claim each other's authorities. */
  constructor(bundles: readonly TrustBundle[]) {
    for (const bundle of bundles) this.setBundle(bundle)
  }

  /** Raised by every change. */
  get version(): number {
    return this.#version
  }

  /** The bundles that are believed now. */
  get bundles(): readonly ResolvedBundle[] {
    return [...this.#bundles.values()]
  }

  /** The bundle of a trust domain. */
  bundle(trustDomain: string): ResolvedBundle | undefined {
    return this.#bundles.get(trustDomain)
  }

  /**
   * Adds a bundle, or replaces the one of the same trust domain, lists included.
   *
   * @throws {@link ConfigError}, and then nothing has changed.
   */
  setBundle(bundle: TrustBundle): void {
    const resolved = resolveBundle(bundle)
    this.#assertOwn(resolved)
    this.#bundles.set(resolved.trustDomain, resolved)
    this.#version += 1
  }

  /** Drops a trust domain: nobody vouches for it. */
  removeBundle(trustDomain: string): void {
    this.#bundles.delete(trustDomain)
    this.#version += 1
  }

  /** Refuses what is named, from the next request on. */
  deny(denial: Denial): void {
    this.#denied.add(denialKey(denial))
    this.#version += 1
  }

  /** Takes a denial back. */
  undeny(denial: Denial): void {
    this.#denied.delete(denialKey(denial))
    this.#version += 1
  }

  /** Reports whether any of these keys is denied. */
  isDenied(keys: readonly string[]): boolean {
    return this.#denied.size > 0 && keys.some((key) => this.#denied.has(key))
  }

  /** Counts one accepted request that rests on an authority. */
  noteUse(trustDomain: string, name: string, now: number): void {
    const key = countKey(trustDomain, name)
    const count = this.#counts.get(key) ?? { uses: 0, lastUsedAt: now }
    count.uses += 1
    count.lastUsedAt = Math.max(count.lastUsedAt, now)
    this.#counts.set(key, count)
  }

  /** Every authority of every bundle, with its use. */
  usage(): readonly AnchorUse[] {
    return this.bundles.flatMap(({ trustDomain, anchors }) =>
      anchors.map(({ name, state }) => {
        const count = this.#counts.get(countKey(trustDomain, name))
        return { trustDomain, name, state, uses: count?.uses ?? 0, lastUsedAt: count?.lastUsedAt }
      }),
    )
  }

  /** A key that vouches for two domains makes one of them: whoever can issue in A can be in B. */
  #assertOwn({ trustDomain, anchors }: ResolvedBundle): void {
    const others = this.bundles.filter((bundle) => bundle.trustDomain !== trustDomain)
    const taken = new Set(
      others.flatMap((bundle) => bundle.anchors.map((anchor) => spkiOf(anchor))),
    )
    const shared = anchors.find((anchor) => taken.has(spkiOf(anchor)))
    assertConfig(
      shared === undefined,
      'CS_CONFIG_MTLS_ANCHOR_SHARED',
      `mtls: ${shared?.name ?? ''} vouches for another trust domain already; one authority, one domain`,
    )
  }
}

const countKey = (trustDomain: string, name: string): string => `${trustDomain} ${name}`

const spkiOf = ({ parsed }: ResolvedBundle['anchors'][number]): string => parsed.spki.join()

import { systemClock, toSeconds, type Clock } from '../../core/clock.ts'
import { UnavailableError } from '../../core/errors.ts'
import type { Fetch } from '../proof.ts'
import { mtlsAgent } from './agent.ts'
import {
  askForCertificate,
  resolveIssuer,
  type Authority,
  type CertificateWish,
} from './authority.ts'
import type { CertificateSource, KeyAndCertificate } from './certificate.ts'
import { checkOffer, type Offer } from './check.ts'
import { httpsFetch } from './https-fetch.ts'
import { fixed } from './mtls.ts'
import { Renewal, warn, type Supply } from './renewal.ts'
import { makeCertificateRequest } from './request.ts'
import type { CertificateStore } from './store.ts'

/** Where a certificate comes from, and what it is for. */
export interface CertificateSourceOptions {
  /** The authority: `https://auth.example`, or `https://auth.example/t/acme` for a tenant. */
  readonly issuer: string
  /** How to ask for the first one: `withProof(apiKey(...))`. */
  readonly fetch: Fetch
  /** What the holder may do with it. */
  readonly scopes: readonly string[]
  /** @defaultValue what the authority gives */
  readonly ttlSeconds?: number
  /** What people call it, in lists of the authority. */
  readonly name?: string
  /** Host names that it is to be good for, for a server. @defaultValue none */
  readonly dnsNames?: readonly string[]
  /** PEM: the only roots that are believed. @defaultValue the trust bundle that the authority gives */
  readonly ca?: string
  /**
   * Where the authority takes certificates: renewals are proven with the certificate that they
   * replace, for as long as it is good. @defaultValue renewals are asked for by `fetch`
   */
  readonly renewal?: {
    /** `https:` */
    readonly issuer: string
    /** PEM: who vouches for that server. @defaultValue the trust bundle */
    readonly ca?: string
  }
  /** Keeps key and certificate over a restart. @defaultValue the key never leaves the process */
  readonly store?: CertificateStore
  /** @defaultValue the system clock */
  readonly clock?: Clock
  /** Hears of every failure. @defaultValue a warning of the process */
  readonly onError?: (error: Error) => void
  readonly unsafe?: {
    /** Allows an issuer at `http:` on loopback. */
    readonly allowHttp?: boolean
  }
}

/**
 * Gets a certificate from an authority when it is first asked for, and a new one, with a new key,
 * once half of its life is over. A failure is tried again, ever slower; what is wrong is refused, and
 * the one of before stays until its end. Nobody ever gets one whose time is over.
 *
 * Checks what it is given: that the certificate is for the key of now, its time, its path to the
 * bundle, and that a new bundle has a root in common with the one before. Does not check the names.
 *
 * @throws ConfigError for an issuer that is not `https:`.
 *
 * @example
 * ```ts
 * const source = certificateSource({ issuer, fetch: withProof(apiKey(key)), scopes: ['orders:read'] })
 * const call = mtls(source)
 * ```
 */
export function certificateSource(options: CertificateSourceOptions): CertificateSource {
  const { clock = systemClock, onError = warn } = options
  return new Renewal(new AuthoritySupply(options, { clock, onError }), { clock, onError })
}

/** Renewing begins with the second half, and a fleet that started together does not renew together. */
const JITTER = 0.1

class AuthoritySupply implements Supply {
  readonly #options: CertificateSourceOptions
  readonly #clock: Clock
  readonly #onError: (error: Error) => void
  readonly #first: Authority
  readonly #renewals: string | undefined
  #isLoaded = false

  constructor(
    options: CertificateSourceOptions,
    { clock, onError }: { readonly clock: Clock; readonly onError: (error: Error) => void },
  ) {
    const { issuer, fetch, unsafe, renewal } = options
    this.#options = options
    this.#clock = clock
    this.#onError = onError
    this.#first = { issuer: resolveIssuer(issuer, unsafe?.allowHttp === true), fetch }
    this.#renewals = renewal && resolveIssuer(renewal.issuer, false)
  }

  dueAt({ notBefore, notAfter }: KeyAndCertificate): number {
    const now = toSeconds(this.#clock())
    // Jitter, not a secret.
    const half = notBefore + (notAfter - notBefore) * (0.5 + JITTER * Math.random())
    // With a clock that is ahead, every new certificate is past its half: it is not asked for at once.
    return Math.max(half, now + Math.max(1, (notAfter - now) * JITTER)) * 1000
  }

  async obtain(held: KeyAndCertificate | undefined): Promise<KeyAndCertificate> {
    const kept = await this.#load()
    if (kept !== undefined) return kept
    const { scopes, ttlSeconds, name, dnsNames, ca, store } = this.#options
    const { key, csr } = await makeCertificateRequest(dnsNames)
    const offer = await this.#ask({ csr, scopes, ttlSeconds, name }, held)
    const checked = await checkOffer(
      { ...offer, bundle: ca ?? offer.bundle },
      { key, now: toSeconds(this.#clock()), trusted: ca ?? held?.ca },
    )
    if (!checked.ok) throw refused(checked.error)
    // It is good, kept or not.
    await store?.save(checked.value).catch(this.#onError)
    return checked.value
  }

  async #ask(wish: CertificateWish, held: KeyAndCertificate | undefined): Promise<Offer> {
    const { renewal } = this.#options
    if (held === undefined || this.#renewals === undefined) {
      return askForCertificate(this.#first, wish)
    }
    const agent = mtlsAgent(fixed(held), renewal?.ca === undefined ? {} : { ca: renewal.ca })
    try {
      const byCertificate = { issuer: this.#renewals, fetch: httpsFetch(agent) }
      return await askForCertificate(byCertificate, wish)
    } finally {
      agent.destroy()
    }
  }

  /** What a process before this one left; checked like an answer, since a file is no better. */
  async #load(): Promise<KeyAndCertificate | undefined> {
    if (this.#isLoaded) return undefined
    this.#isLoaded = true
    const kept = await this.#options.store?.load().catch((error: Error) => {
      this.#onError(error)
    })
    if (!kept) return undefined
    const [certificate = '', ...chain] = kept.cert.split(/(?<=-----END CERTIFICATE-----\n)/)
    const bundle = this.#options.ca ?? kept.ca
    const checked = await checkOffer(
      { certificate, chain: chain.join(''), bundle },
      { key: kept.key, now: toSeconds(this.#clock()), trusted: undefined },
    )
    return checked.ok ? checked.value : undefined
  }
}

const refused = (why: string): UnavailableError =>
  new UnavailableError('authority', `what the authority gave is refused: ${why}`)

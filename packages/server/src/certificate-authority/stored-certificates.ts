import {
  assertConfig,
  err,
  ok,
  UnavailableError,
  type Clock,
  type Result,
  type Revocation,
} from 'countersign'
import { TrustStore, type Identify } from 'countersign/mtls'
import type { Logger } from 'pino'
import type { CertificateAuthority } from '../certificates/authority.ts'
import type { Crl } from '../certificates/crl.ts'
import type { Certificates, ServerCertificate, TrustView } from '../certificates/service.ts'
import { activeAnchor } from '../certificates/trust-bundle.ts'
import type { AuthorityContext } from '../context.ts'
import type { CertificateAuthorityRecord } from '../model/records.ts'
import type { Term } from '../operations/leadership.ts'
import { FAMILY_TENANT, openRecord, type Family, type SigningAuthority } from './family.ts'
import { certificateIdentify } from './identify.ts'
import { CrlShelf } from './crl-shelf.ts'
import { endsCertificates, isSameTrust, trustBundleOf } from './in-step.ts'
import type { ResolvedCertificates } from './options.ts'
import { makeServerCertificate } from './server-certificate.ts'
import { advanceAuthorities, rotateAuthorities, type SuccessionRequest } from './succession.ts'

/** What certificates on a store are made of. */
export interface StoredCertificatesOptions
  extends Pick<AuthorityContext, 'store' | 'revocations' | 'secrets'> {
  readonly settings: ResolvedCertificates
  readonly clock: Clock
  readonly log: Logger
}

/** {@link Certificates}, and what only the authority itself uses. */
export interface ManagedCertificates extends Certificates {
  readonly settings: ResolvedCertificates
  advance(now: number, term?: Term): Promise<void>
  /** Reads again what another node has moved. */
  refresh(): Promise<void>
  /** @param tenant - Absent: of every tenant, for guards that look at `principal.tenant`. */
  identify(tenant?: string): Identify
  /** @throws `UnavailableError` where no CA can sign. */
  signer(): Promise<SigningAuthority>
  /** Every CA, removed ones too. */
  authorities(): Promise<readonly CertificateAuthorityRecord[]>
  rotate(request: SuccessionRequest): Promise<readonly CertificateAuthorityRecord[]>
  /** Told of every change of the feed. */
  noticed(revocation: Revocation): void
}

/** Makes the small CA of an installation. Any number of processes may share one store. */
export const storedCertificates = (options: StoredCertificatesOptions): ManagedCertificates =>
  new StoredCertificates(options)

class StoredCertificates implements ManagedCertificates {
  readonly #options: StoredCertificatesOptions
  readonly #opened = new Map<string, CertificateAuthority>()
  readonly #listeners = new Set<() => void>()
  readonly #lists: CrlShelf
  readonly trust: TrustStore
  #family: Family | undefined
  #loading: Promise<Family> | undefined
  /** Counts what makes a family that is being read one of the past. */
  #epoch = 0

  constructor(options: StoredCertificatesOptions) {
    this.#options = options
    this.#lists = new CrlShelf({ ...options, rules: options.settings.rules })
    this.trust = new TrustStore([trustBundleOf(this.trustDomain, [])])
  }

  get settings(): ResolvedCertificates {
    return this.#options.settings
  }

  get trustDomain(): string {
    return this.settings.trustDomain
  }

  identify(tenant?: string): Identify {
    return certificateIdentify(this.#options, this.trustDomain, tenant)
  }

  async view(): Promise<TrustView> {
    const { sequence, records } = await this.#current()
    return { sequence, anchors: records }
  }

  async signer(): Promise<SigningAuthority> {
    const { records } = await this.#current()
    const record = activeAnchor(records)
    if (record === undefined) throw new UnavailableError('certificates', 'no CA is active')
    return { id: record.id, ca: this.#open(record), records }
  }

  async crl(anchorId?: string): Promise<Result<Crl, 'no-such-ca'>> {
    const { records } = await this.#current()
    const living = records.filter(({ state }) => state !== 'removed')
    const record =
      anchorId === undefined ? activeAnchor(living) : living.find(({ id }) => id === anchorId)
    if (record === undefined) return err('no-such-ca')
    return ok(await this.#lists.get(record.id, this.#open(record)))
  }

  async issueForServer(dnsNames: readonly string[]): Promise<ServerCertificate> {
    const { store } = this.#options
    return makeServerCertificate(await this.signer(), { dnsNames, now: this.#now(), store })
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  async advance(now: number, term?: Term): Promise<void> {
    await advanceAuthorities({ ...this.#succession(), term }, now)
    await this.refresh()
  }

  async refresh(): Promise<void> {
    const { records } = await this.#reload()
    const record = activeAnchor(records)
    // Opened now: a missing key or a changed trust domain is found at the start.
    if (record !== undefined) this.#open(record)
  }

  async authorities(): Promise<readonly CertificateAuthorityRecord[]> {
    return (await this.#reload()).records
  }

  async rotate(request: SuccessionRequest): Promise<readonly CertificateAuthorityRecord[]> {
    await rotateAuthorities(this.#succession(), { ...request, now: this.#now() })
    return this.authorities()
  }

  noticed(revocation: Revocation): void {
    const { kind, subject } = revocation
    this.#lists.outdate()
    if (kind === 'key' && this.#family?.records.some(({ id }) => id === subject) === true) {
      this.#reload().catch((error: unknown) => {
        // The family is not used again before it was read; the housekeeper tries as well.
        this.#options.log.error({ err: error }, 'the CAs cannot be read')
      })
    }
    if (endsCertificates(revocation)) this.#announce()
  }

  #succession() {
    const { store, secrets, settings } = this.#options
    return { store, keks: secrets.keks, settings }
  }

  #now(): number {
    return Math.floor(this.#options.clock() / 1000)
  }

  #open(record: CertificateAuthorityRecord): CertificateAuthority {
    const known = this.#opened.get(record.id)
    if (known !== undefined) return known
    const opened = openRecord(this.#options.secrets.keks, record)
    assertConfig(
      opened.trustDomain === this.trustDomain,
      'CS_CONFIG_CERTIFICATES_TRUST_DOMAIN',
      `certificates.trustDomain: the CA of this database is for ${opened.trustDomain}; write that, or begin with a new database`,
    )
    this.#opened.set(record.id, opened)
    return opened
  }

  async #current(): Promise<Family> {
    const family = this.#family
    const { reloadSeconds } = this.settings.rules
    const fresh = family !== undefined && this.#now() - family.loadedAt < reloadSeconds
    return fresh ? family : this.#load()
  }

  /** Reads again even where a read is under way: that one may have begun before the change. */
  #reload(): Promise<Family> {
    this.#loading = undefined
    this.#family = undefined
    return this.#load()
  }

  #load(): Promise<Family> {
    if (this.#loading !== undefined) return this.#loading
    this.#epoch += 1
    const loading = this.#read(this.#epoch).finally(() => {
      if (this.#loading === loading) this.#loading = undefined
    })
    this.#loading = loading
    return loading
  }

  async #read(epoch: number): Promise<Family> {
    const { store } = this.#options
    const loadedAt = this.#now()
    const sequence = await store.certificateAuthorities.sequence()
    const records = await store.certificateAuthorities.list(FAMILY_TENANT)
    const family = { sequence, records, loadedAt }
    // A later read has begun: what it finds is newer.
    if (epoch === this.#epoch) this.#take(family)
    return family
  }

  #take(family: Family): void {
    this.#family = family
    const living = new Set(
      family.records.flatMap(({ id, state }) => (state === 'removed' ? [] : [id])),
    )
    for (const id of this.#opened.keys()) if (!living.has(id)) this.#opened.delete(id)
    const bundle = trustBundleOf(this.trustDomain, family.records)
    if (isSameTrust(this.trust.bundle(this.trustDomain), bundle)) return
    this.trust.setBundle(bundle)
    this.#announce()
  }

  #announce(): void {
    for (const listener of this.#listeners) listener()
  }
}

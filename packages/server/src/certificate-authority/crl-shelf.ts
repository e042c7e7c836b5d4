import type { Clock } from 'countersign'
import type { CertificateAuthority } from '../certificates/authority.ts'
import { makeCrl, REVOCATION_CAUSES, type Crl } from '../certificates/crl.ts'
import type { TrustRules } from '../certificates/trust-rules.ts'
import type { RevokedCertificate, Store } from '../model/store.ts'

/** What lists are made from. */
export interface CrlShelfOptions {
  readonly store: Store
  readonly clock: Clock
  readonly rules: TrustRules
}

interface Shelved {
  readonly crl: Crl
  readonly number: number
  readonly revision: number
  /** Seconds since the epoch. */
  readonly madeAt: number
}

/** An expired list refuses every client of the CA: so many may be missed in a row. */
const MISSABLE_LISTS = 12

/** How long a list counts. */
export const listSeconds = ({ refreshHintSeconds }: TrustRules): number =>
  refreshHintSeconds * MISSABLE_LISTS

/**
 * The present list of each CA, signed when somebody asks for it and something was revoked since, or
 * `refreshHintSeconds` have passed. Never goes back: the number and what was revoked are read in one
 * transaction, so a higher number knows at least what a lower one knew, in whatever process.
 */
export class CrlShelf {
  readonly #options: CrlShelfOptions
  readonly #shelf = new Map<string, Shelved>()
  readonly #making = new Map<string, Promise<Shelved>>()
  #revision = 0

  constructor(options: CrlShelfOptions) {
    this.#options = options
  }

  /** Something may have been revoked: lists are made anew when they are asked for. */
  outdate(): void {
    this.#revision += 1
    this.#making.clear()
  }

  /** The present list of a CA. @throws `UnavailableError` when the store cannot be read. */
  async get(id: string, ca: CertificateAuthority): Promise<Crl> {
    const known = this.#shelf.get(id)
    if (known !== undefined && this.#isPresent(known)) return known.crl
    const flying = this.#making.get(id)
    if (flying !== undefined) return (await flying).crl
    const making = this.#make(id, ca).finally(() => {
      if (this.#making.get(id) === making) this.#making.delete(id)
    })
    this.#making.set(id, making)
    return (await making).crl
  }

  #isPresent({ revision, madeAt }: Shelved): boolean {
    const age = this.#now() - madeAt
    return revision === this.#revision && age < this.#options.rules.refreshHintSeconds
  }

  async #make(id: string, ca: CertificateAuthority): Promise<Shelved> {
    const { store, rules } = this.#options
    const revision = this.#revision
    const now = this.#now()
    const nextUpdateSeconds = listSeconds(rules)
    const { number, revoked } = await store.transaction(async ({ certificateAuthorities }) => ({
      number: await certificateAuthorities.nextListNumber(),
      // RFC 5280 §3.3: an entry stays on one more list after its certificate has expired.
      revoked: await certificateAuthorities.revoked(id, now - nextUpdateSeconds),
    }))
    const entries = revoked.map(entryOf)
    const crl = await makeCrl({ ca, revoked: entries, number, now, nextUpdateSeconds })
    const made = { crl, number, revision, madeAt: now }
    // A list that was begun later may be there already.
    const present = this.#shelf.get(id)
    if (present !== undefined && present.number > number) return present
    this.#shelf.set(id, made)
    return made
  }

  #now(): number {
    return Math.floor(this.#options.clock() / 1000)
  }
}

const entryOf = ({ serial, revokedAt, reason }: RevokedCertificate) => ({
  serial,
  revokedAt,
  // What it falls with may have been revoked for reasons of its own.
  cause: REVOCATION_CAUSES.find((cause) => cause === reason) ?? 'unspecified',
})

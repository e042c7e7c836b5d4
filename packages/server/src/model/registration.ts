/** Clients that registered themselves, beside what every client has. */

/** A registration, by the digest of the token that manages it (RFC 7592 §3). */
export interface RegistrationRecord {
  readonly tenant: string
  readonly clientId: string
  /** Public id of the registration access token. */
  readonly tokenId: string
  readonly digest: string
  readonly pepperVersion: number
  readonly createdAt: number
}

/** Names a registration. */
export type RegistrationName = Pick<RegistrationRecord, 'tenant' | 'clientId'>

/** Registrations. */
export interface RegistrationStore {
  insert(record: RegistrationRecord): Promise<void>
  find(tenant: string, clientId: string): Promise<RegistrationRecord | undefined>
  /** How many a tenant has; counts no further than `atMost`. */
  count(tenant: string, atMost: number): Promise<number>
  /** Replaces the token, if it is still the one named: of two changes at once, one wins. */
  replaceToken(
    name: RegistrationName & { readonly tokenId: string },
    next: Pick<RegistrationRecord, 'tokenId' | 'digest' | 'pepperVersion'>,
  ): Promise<boolean>
  /**
   * Registrations from before a time whose client has no grant, no secret that was used since, and
   * either was revoked or has no living consent; oldest first.
   */
  listUnused(before: number, limit: number): Promise<readonly RegistrationName[]>
  /** Deletes a registration with its client and its secrets. */
  remove(name: RegistrationName): Promise<void>
}

/** What operations on principals are given. */
import type { ClientSettings } from '../model/client-settings.ts'
import type { PrincipalKind } from '../model/records.ts'

/** What a new principal is made of. */
export interface NewPrincipal {
  readonly tenant: string
  readonly kind: PrincipalKind
  readonly name: string
  /** Users only. */
  readonly username?: string | null | undefined
  readonly scopes: readonly string[]
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  /** Clients only. */
  readonly client?: ClientSettings | null | undefined
}

/** What of a principal can change. */
export interface PrincipalChange {
  readonly name?: string | undefined
  readonly scopes?: readonly string[] | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  /** Clients only; members that are not named stay. */
  readonly client?: Partial<ClientSettings> | undefined
}

/** Names a principal of a tenant. */
export interface PrincipalRef {
  readonly tenant: string
  readonly kind: PrincipalKind
  readonly id: string
}

import type { Guard, MaybePromise } from 'countersign'
import type { Outbound } from '../http/outbound.ts'
import type { ManagedCertificates } from '../certificate-authority/stored-certificates.ts'
import type { AuthorityContext } from '../context.ts'
import type { Feed } from '../feed/feed.ts'
import type { StoredReplay } from '../replay/stored-replay.ts'
import type { LastUsed } from '../usage/last-used.ts'

/** What the routes use beside the context. */
export interface ManagementServices {
  readonly feed: Feed
  readonly usage: Pick<LastUsed, 'used'>
  /** The memory of single uses, wherever it is. */
  readonly replay: Pick<StoredReplay, 'raiseFence'>
  /** Where documents that clients name may be fetched from. */
  readonly outbound: Outbound
  /** The small CA; undefined where none is configured. */
  readonly certificates: ManagedCertificates | undefined
  /** The guard that decides described requests (`POST /v1/verify`) for a tenant. */
  readonly deskOf: (
    tenant: string,
    sigv4?: { readonly region: string; readonly service: string },
  ) => MaybePromise<Guard | undefined>
}

/** What the management API is made of. */
export interface ManagementOptions {
  readonly ctx: AuthorityContext
  /**
   * Decides who calls the management API itself. Scopes are asked per route; which tenant a
   * principal may administer is decided here, in the API.
   */
  readonly guard: Guard
  readonly services: ManagementServices
}

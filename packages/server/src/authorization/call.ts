import type { Exchange } from '../http/exchange.ts'
import type { Services } from '../services.ts'
import type { Tenant } from '../tenants/directory.ts'

/** What reading and answering an authorization request needs of its HTTP request. */
export interface AuthorizationCall {
  readonly services: Services
  readonly tenant: Tenant
  readonly exchange: Exchange
  /** Seconds since the epoch; one time for everything that happens in the request. */
  readonly now: number
  /** A page of ours was shown on the way: browsers hold its policy against what follows its form. */
  readonly pageShown?: boolean
}

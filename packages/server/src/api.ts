import type { Guard } from 'countersign'
import { Gauge } from 'prom-client'
import { countUses } from './certificate-authority/metrics.ts'
import { makeDesk } from './desk/desk.ts'
import { createFeed, type Feed } from './feed/feed.ts'
import { createManagement, type Management } from './management/app.ts'
import type { ManagementServices } from './management/services.ts'
import type { Services } from './services.ts'

/** The management API, and the feed whose streams have to end before a server can. */
export interface Api {
  readonly management: Management
  readonly feed: Feed
}

/**
 * Makes the management API of an authority.
 *
 * @param audience - The APIs that described requests (`POST /v1/verify`) may be for.
 */
export function makeApi(services: Services, audience: readonly string[]): Api {
  const { store, clock, log, revocations, metrics, callers: guard, lastUsed: usage } = services
  const feed = createFeed({ store, clock, log, revocations })
  const subscribers = new Gauge({
    name: 'countersign_feed_subscribers',
    help: 'Verifiers that follow the change feed of this process.',
    registers: [metrics.registry],
    collect() {
      subscribers.set(feed.size)
    },
  })
  const deskOf = desks(services, audience)
  const { certificates, outbound, replay } = services
  if (certificates !== undefined) countUses(metrics.registry, certificates.trust)
  const parts = { feed, usage, replay, deskOf, certificates, outbound }
  const management = createManagement({ ctx: services, guard, services: parts })
  return { management, feed }
}

/** Guards kept; a guard is little but what it leases. */
const MAX_DESKS = 1000

/** One guard a tenant and SigV4 scope, made at its first use: guards hold verified tokens and leases. */
function desks(services: Services, audience: readonly string[]): ManagementServices['deskOf'] {
  const guards = new Map<string, Guard>()
  return async (id, sigv4) => {
    const tenant = await services.tenants.find(id)
    if (tenant === undefined) return undefined
    const name = JSON.stringify([id, sigv4?.region, sigv4?.service])
    const known = guards.get(name)
    if (known !== undefined) return known
    const scope = sigv4 === undefined ? {} : { sigv4 }
    const made = makeDesk(services, { audience, tenant: id, ...scope }).guard()
    // The oldest goes: whoever may verify names the scopes, and must not fill the memory with them.
    const [oldest] = guards.keys()
    if (guards.size >= MAX_DESKS && oldest !== undefined) guards.delete(oldest)
    guards.set(name, made)
    return made
  }
}

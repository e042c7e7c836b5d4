import { makeApi } from './api.ts'
import { assemble } from './assemble.ts'
import { resolveAuthority, type AuthorityOptions } from './authority-options.ts'
import type { Certificates } from './certificates/service.ts'
import type { AuthorityContext } from './context.ts'
import { makeDesk, type Desk, type DeskOptions } from './desk/desk.ts'
import { fetchHandler, type FetchHandler } from './http/fetch-handler.ts'
import { router, type Router } from './http/router.ts'
import { housekeeper, moveKeys } from './operations/housekeeper.ts'
import { leadership } from './operations/leadership.ts'
import { addLeadership } from './operations/leadership-metrics.ts'
import type { MetricsPage } from './operations/metrics.ts'

/** A running authority, without a listener of its own. */
export interface Authority {
  /** The default tenant's issuer. */
  readonly issuer: string
  /** What its parts are given; for management in the same process. */
  readonly context: AuthorityContext
  /** Its CA for client certificates, where it has one. */
  readonly certificates: Certificates | undefined
  /**
   * Answers a request: mount it in any application that speaks `fetch`. `connection` tells what a
   * `Request` does not; without it failures cannot be counted per address.
   */
  readonly fetch: FetchHandler
  /** The same, for servers that are faster without a `Request`; see `serve`. */
  readonly router: Router
  /** Guards the application's own routes in this process. */
  desk(options: DeskOptions): Desk
  /** Everything measured, for a scraper. Keep it off the public listener. */
  metrics(): Promise<MetricsPage>
  /** Why it cannot work now; empty when it can. */
  ready(): Promise<readonly string[]>
  /** Says `closing` to readiness probes and ends streams; requests are answered as before. */
  drain(): void
  /** Stops the background work and writes what is buffered. The store stays open: it was given. */
  close(): Promise<void>
}

/**
 * Makes an authority over a store: loads revocations, prepares the signing keys, starts the
 * housekeeper.
 *
 * @throws `ConfigError` for options that cannot be meant, `UnavailableError` when the store cannot
 * be read.
 *
 * @example
 * ```ts
 * const authority = await createAuthority({ issuer, store: await openSqlite({ path }), secrets })
 * const server = await serve(authority, { port: 4180 })
 * ```
 */
export async function createAuthority(options: AuthorityOptions): Promise<Authority> {
  let closing = false
  const resolved = resolveAuthority(options)
  const { services, revocations, decisions, lastUsed } = assemble(resolved, () => closing)
  const { management, feed } = makeApi(services, resolved.audience)
  await revocations.start()
  const leading = leadership(services)
  addLeadership(services.metrics.registry, leading)
  const keeper = housekeeper({ ...services, revocations, leadership: leading })
  for (const weakening of services.profile.weakenings) {
    services.log.warn({ profile: services.profile.name }, `weakened: ${weakening}`)
  }
  const now = Math.floor(services.clock() / 1000)
  await moveKeys(services, now, await leading.campaign())
  const routes = router(services, management)
  const drain = (): void => {
    closing = true
    feed.close()
  }
  return Object.freeze({
    issuer: services.issuer,
    context: services,
    fetch: fetchHandler(routes),
    router: routes,
    certificates: services.certificates,
    desk: (given: DeskOptions) => makeDesk(services, given),
    metrics: () => services.metrics.expose(),
    ready: services.readiness,
    drain,
    close: async () => {
      drain()
      revocations.close()
      await keeper.close()
      await Promise.allSettled([decisions.close(), lastUsed.close()])
    },
  })
}

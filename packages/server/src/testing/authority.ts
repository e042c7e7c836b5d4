import { randomBytes } from 'node:crypto'
import { Secret, type Clock } from 'countersign'
import { createAuthority, type Authority } from '../authority.ts'
import type { AuthorityOptions } from '../authority-options.ts'
import type { MasterSecrets } from '../context.ts'
import { SYSTEM_ACTOR } from '../credentials/actor.ts'
import { createApiKey } from '../credentials/api-keys.ts'
import { audited } from '../credentials/audited.ts'
import { insertClient } from '../credentials/clients.ts'
import { createPrincipal } from '../credentials/principals.ts'
import { createTenant } from '../credentials/tenants.ts'
import { serve, type AuthorityServer } from '../http/serve.ts'
import { completeClient, type ClientSettings } from '../model/client-settings.ts'
import type { Store } from '../model/store.ts'
import { makeLogger } from '../operations/log.ts'
import { openSqlite } from '../stores/sqlite/index.ts'

const secret = (): Secret => new Secret(randomBytes(32).toString('base64url'))

/** Fresh master secrets, version 1. */
export const freshSecrets = (): MasterSecrets => ({
  peppers: new Map([[1, secret()]]),
  keks: new Map([[1, secret()]]),
})

/** A clock that only moves when told. */
export interface HandClock {
  readonly read: Clock
  /** Seconds since the epoch. */
  now(): number
  pass(seconds: number): void
}

/** Starts a {@link HandClock} at a time. */
export function handClock(startSeconds = 1_790_000_000): HandClock {
  let now = startSeconds
  return {
    read: () => now * 1000,
    now: () => now,
    pass: (seconds) => {
      now += seconds
    },
  }
}

/** An authority under test and everything around it. */
export interface TestAuthority {
  readonly authority: Authority
  readonly store: Store
  readonly clock: HandClock
  /** Everything that was logged, as JSON lines. */
  readonly logged: readonly string[]
  close(): Promise<void>
}

/** Opens an authority over a store of its own, in memory unless told otherwise. */
export async function openAuthority(
  options: Partial<AuthorityOptions> = {},
): Promise<TestAuthority> {
  const clock = handClock()
  const store = options.store ?? (await openSqlite({ path: ':memory:' }))
  const logged: string[] = []
  const destination = { write: (line: string) => void logged.push(line) }
  const authority = await createAuthority({
    issuer: 'https://auth.example.com',
    secrets: freshSecrets(),
    clock: clock.read,
    logger: makeLogger({ destination }),
    ...options,
    store,
  })
  const close = async (): Promise<void> => {
    await authority.close()
    await store.close()
  }
  return { authority, store, clock, logged, close }
}

/** A registered client and its secret. */
export interface TestClient {
  readonly id: string
  readonly secret: string
}

const SETTINGS = completeClient({
  tokenEndpointAuthMethod: 'client_secret_basic',
  grantTypes: ['client_credentials'],
  accessTokenFormat: 'jwt',
  accessTokenTtlSeconds: 900,
  audiences: ['https://api.example.com', 'https://other.example.com'],
})

/** Registers a client, whether or not its settings can be meant; one without a secret has an empty one. */
export async function addClient(
  { authority }: Pick<TestAuthority, 'authority'>,
  settings: Partial<ClientSettings> = {},
  { tenant = 'default', scopes = ['orders:*', 'profile'] } = {},
): Promise<TestClient> {
  const input = { tenant, name: 'app', scopes, client: { ...SETTINGS, ...settings } }
  const { context: ctx } = authority
  // Tests need clients that nobody could register.
  const made = await audited(ctx, { tenant, actor: SYSTEM_ACTOR }, (unit) =>
    insertClient({ ctx, unit, actor: SYSTEM_ACTOR }, input),
  )
  if (!made.ok) throw new Error(made.error.message)
  return { id: made.value.client.id, secret: made.value.secret?.reveal() ?? '' }
}

/** Makes a tenant. */
export async function addTenant(
  { authority }: Pick<TestAuthority, 'authority'>,
  id: string,
): Promise<void> {
  const made = await createTenant(authority.context, { id, name: id }, SYSTEM_ACTOR)
  if (!made.ok) throw new Error(made.error.message)
}

/** Makes a service with an API key, and answers the key. */
export async function addApiKey(
  { authority }: Pick<TestAuthority, 'authority'>,
  scopes: readonly string[],
  { tenant = 'default', environment = 'live' } = {},
): Promise<{ readonly id: string; readonly key: string }> {
  const { context } = authority
  const service = { tenant, kind: 'service', name: 'service', scopes } as const
  const owner = await createPrincipal(context, service, SYSTEM_ACTOR)
  if (!owner.ok) throw new Error(owner.error.message)
  const input = { tenant, serviceId: owner.value.id, name: 'key', environment, scopes }
  const made = await createApiKey(context, input, SYSTEM_ACTOR)
  if (!made.ok) throw new Error(made.error.message)
  return { id: made.value.record.id, key: made.value.secret.reveal() }
}

/** The `Authorization` of client_secret_basic. */
export const basicAuth = ({ id, secret: password }: TestClient): string =>
  `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(password)}`).toString('base64')}`

/** Posts a form to an authority in-process. */
export function postForm(
  { authority }: Pick<TestAuthority, 'authority'>,
  path: string,
  form: string | Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const body = typeof form === 'string' ? form : new URLSearchParams(form).toString()
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  const url = `https://auth.example.com${path}`
  const request = new Request(url, { method: 'POST', body, headers: { ...type, ...headers } })
  return authority.fetch(request, { remoteAddress: '192.0.2.7' })
}

/** Serves an authority on a free port of loopback. */
export const serveLocally = (authority: Authority): Promise<AuthorityServer> =>
  serve(authority, { port: 0, metrics: { port: 0 }, drainSeconds: 2 })

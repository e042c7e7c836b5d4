import { ok, type Secret } from 'countersign'
import { CLI_ACTOR } from '../credentials/actor.ts'
import { createApiKey } from '../credentials/api-keys.ts'
import { secondsOf, type RegistryContext } from '../credentials/audited.ts'
import { createPrincipal } from '../credentials/principals.ts'
import type { Outcome } from '../credentials/refusal.ts'
import { DEFAULT_TENANT } from '../tenants/directory.ts'

/** The service that holds the management keys which `init` makes. */
const ADMINISTRATOR = 'administrator'

/** All of Countersign's own scopes. */
const EVERYTHING = ['countersign:*'] as const

/** Environment of management keys: they open no API but Countersign's own. */
const ENVIRONMENT = 'admin'

/**
 * Reports whether the installation has a live management key that `init` made: then it is
 * initialised, whatever files are lying around.
 */
export async function hasFirstKey(ctx: RegistryContext): Promise<boolean> {
  const id = await findAdministrator(ctx)
  if (id === undefined) return false
  const keys = await ctx.store.credentials.listOf(DEFAULT_TENANT, id)
  const now = secondsOf(ctx)
  return keys.some(({ revokedAt, expiresAt }) => revokedAt === null && (expiresAt ?? now + 1) > now)
}

/**
 * Makes a management key with every scope, and the service that holds it when there is none yet.
 * There is no default password: this key is how everything else is made. Each call makes another
 * key; whoever can open the store could write the rows as well.
 */
export async function createFirstKey(ctx: RegistryContext): Outcome<Secret> {
  const service = await administrator(ctx)
  if (!service.ok) return service
  const issued = await createApiKey(
    ctx,
    {
      tenant: DEFAULT_TENANT,
      serviceId: service.value,
      name: 'first management key',
      environment: ENVIRONMENT,
      scopes: EVERYTHING,
    },
    CLI_ACTOR,
  )
  return issued.ok ? ok(issued.value.secret) : issued
}

async function administrator(ctx: RegistryContext): Outcome<string> {
  const known = await findAdministrator(ctx)
  if (known !== undefined) return ok(known)
  const made = await createPrincipal(
    ctx,
    { tenant: DEFAULT_TENANT, kind: 'service', name: ADMINISTRATOR, scopes: EVERYTHING },
    CLI_ACTOR,
  )
  return made.ok ? ok(made.value.id) : made
}

/** By name and by what it may do: a service that merely calls itself administrator is none. */
async function findAdministrator({ store }: RegistryContext): Promise<string | undefined> {
  const query = { tenant: DEFAULT_TENANT, kind: 'service', limit: 100 } as const
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<typeof store.principals.list>> = await store.principals.list({
      ...query,
      cursor: cursor ?? undefined,
    })
    const found = page.items.find(
      ({ name, scopes, revokedAt }) =>
        name === ADMINISTRATOR && revokedAt === null && scopes.includes(EVERYTHING[0]),
    )
    if (found !== undefined) return found.id
    cursor = page.cursor
  } while (cursor !== null)
  return undefined
}

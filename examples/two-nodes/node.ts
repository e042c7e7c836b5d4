/**
 * One of any number of nodes on one PostgreSQL: `DATABASE_URL=… ISSUER=… SECRETS=… PORT=… node node.ts`.
 * Prints its address once it serves. SIGTERM lets requests under way finish.
 */
import { readFileSync } from 'node:fs'
import { Secret } from 'countersign'
import { createAuthority, createFirstKey, makeLogger, serve } from '@countersign/server'
import { openPostgres } from '@countersign/server/postgres'

/** A setting of the environment; there is no default for any. */
function setting(name: string): string {
  const value = process.env[name]
  if (value === undefined) throw new Error(`set ${name}`)
  return value
}

// The same file on every node: `{ "pepper": "…", "kek": "…" }`, each 32 bytes in base64url.
const { pepper, kek } = JSON.parse(readFileSync(setting('SECRETS'), 'utf8')) as {
  readonly pepper: string
  readonly kek: string
}
const store = await openPostgres({ url: setting('DATABASE_URL') })
const authority = await createAuthority({
  issuer: setting('ISSUER'),
  store,
  secrets: {
    peppers: new Map([[1, new Secret(pepper)]]),
    keks: new Map([[1, new Secret(kek)]]),
  },
  trustedProxies: ['127.0.0.1/32'],
  logger: makeLogger({ level: process.env['LOG_LEVEL'] ?? 'warn' }),
})
const server = await serve(authority, {
  port: Number(setting('PORT')),
  metrics: { port: 0 },
  drainSeconds: 10,
})
// Of all nodes that start on a new database, one makes it. Shown once.
const first =
  process.env['FIRST_KEY'] === 'yes' ? await createFirstKey(authority.context) : undefined
const key = first?.ok === true ? { key: first.value.reveal() } : {}
process.stdout.write(`${JSON.stringify({ url: server.url, metrics: server.metricsUrl, ...key })}\n`)

process.once('SIGTERM', () => {
  void server.close().then(() => store.close())
})

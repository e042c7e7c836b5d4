/** The authority on a SQLite file, issuing ES256 JWT access tokens for client credentials. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret } from 'countersign'
import { createAuthority, createFirstKey, makeLogger, serve } from '@countersign/server'
import { openSqlite } from '@countersign/server/sqlite'

const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
process.on('SIGTERM', () => process.exit())

const secret = (): Secret => new Secret(randomBytes(32).toString('base64url'))
const issuer = 'http://127.0.0.1:4180'
const authority = await createAuthority({
  issuer,
  store: await openSqlite({ path: join(folder, 'countersign.db') }),
  secrets: { peppers: new Map([[1, secret()]]), keks: new Map([[1, secret()]]) },
  logger: makeLogger({ level: 'error' }),
})
const first = await createFirstKey(authority.context)
if (!first.ok) throw new Error('no management key')

const created = await authority.fetch(
  new Request(`${issuer}/v1/clients`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${first.value.reveal()}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({
      name: 'bench',
      scopes: ['orders:read'],
      audiences: ['https://api.example'],
    }),
  }),
)
// The management API's answer, by its published schema.
const client = (await created.json()) as { id: string; secret: string }
if (created.status !== 201) throw new Error(JSON.stringify(client))

const server = await serve(authority, { host: '127.0.0.1', port: 0 })
process.send?.({
  origin: server.url,
  authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`,
})
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.(user + system)
})

import assert from 'node:assert/strict'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { test } from 'node:test'
import { Kysely } from 'kysely'
import {
  NOW,
  sampleAuthority,
  sampleChange,
  sampleCredential,
  sampleEvent,
  sampleGrant,
  samplePrincipal,
  sampleSigningKey,
  sampleToken,
} from '../../testing/store-contract/records.ts'
import { SqliteConnection } from '../sqlite/connection.ts'
import { sqliteDialect } from '../sqlite/dialect.ts'
import { sqliteFlavour } from '../sqlite/flavour.ts'
import type { Db } from './db.ts'
import { migrate } from './migrate.ts'
import type { StoreSession } from '../../model/store.ts'
import type { Schema } from './schema.ts'
import { sqlSession } from './store.ts'

/** Statements that may walk a table, each with its reason. */
const WALKS: readonly (readonly [sql: RegExp, reason: string])[] = [
  [/^select \* from "tenant" order by/, 'tenants are few and listed whole'],
  [/^select "hash" from "event" order by "sequence" desc limit 1/, 'stops at the first row'],
  [/^insert into "replay" /, 'selects one row of constants'],
  [
    /^select \* from "(token_grant|consent)" where .* order by/,
    'sorts what one person, client or session has',
  ],
  [/^select "position" from "decision" order by/, 'counts down to the bound, in the sweeper'],
]

/** Calls every method of every record family once. */
async function callEverything(db: Db): Promise<void> {
  const store = sqlSession(db)
  const page = { tenant: 'default', limit: 10 }
  await store.tenants.list()
  await store.tenants.find('default')
  await store.tenants.revoke('acme', NOW)
  await store.principals.insert(samplePrincipal())
  await store.principals.find('default', 'svc_one')
  await store.principals.findByUsername('default', 'ada')
  await store.principals.list({ ...page, kind: 'service' })
  await store.principals.update('default', 'svc_one', { name: 'x' })
  await store.credentials.insert(sampleCredential())
  await store.credentials.find('key000000001')
  await store.credentials.listOf('default', 'svc_one')
  await store.credentials.list({ ...page, kind: 'api_key' })
  await store.credentials.update('key000000001', { name: 'x' })
  await store.credentials.touch(new Map([['key000000001', NOW]]))
  await store.credentials.revoke('key000000001', NOW, 'x')
  await store.principals.revoke('default', 'svc_one', NOW)
  const registered = { tenant: 'default', clientId: 'svc_one' }
  const token = { tokenId: 'token0000001', digest: 'ZGlnZXN0', pepperVersion: 1 }
  await store.registrations.insert({ ...registered, ...token, createdAt: NOW })
  await store.registrations.find('default', 'svc_one')
  await store.registrations.count('default', 10)
  await store.registrations.replaceToken({ ...registered, tokenId: 'token0000001' }, token)
  await store.registrations.listUnused(NOW, 10)
  await store.tokens.insertGrant(sampleGrant())
  await store.tokens.findGrant('default', 'grant-1')
  await store.tokens.revokeGrant('default', 'grant-1', NOW)
  await store.tokens.insert(sampleToken())
  await store.tokens.find('token0000001')
  await store.tokens.revoke('token0000001', NOW)
  await store.tokens.claim('token0000001', NOW, 'sealed')
  await store.tokens.sweep(NOW, 10)
  await store.tokens.sweepGrants(NOW, 10)
  await callAuthorization(store)
  await store.certificateAuthorities.insert(sampleAuthority())
  await store.certificateAuthorities.list('default')
  await store.certificateAuthorities.transition('ca-1', 'active', { state: 'retiring' })
  await store.certificateAuthorities.sequence()
  await store.certificateAuthorities.nextListNumber()
  await store.certificateAuthorities.revoked('ca-1', NOW)
  await store.certificateAuthorities.countLive(NOW)
  await store.certificateAuthorities.sweep(NOW, 10)
  await store.signingKeys.insert(sampleSigningKey())
  await store.signingKeys.list('default')
  await store.signingKeys.transition('kid-1', 'published', { state: 'signing' })
  await store.signingKeys.delete('kid-1')
  await store.changes.append(sampleChange())
  await store.changes.after(0, 10)
  await store.changes.snapshot(NOW)
  await store.changes.sweep(NOW, 10)
  await store.events.append(sampleEvent())
  await store.events.list(page)
  await store.events.scan(0, 10)
  await store.replays.claim({ id: 'use', signedAfter: NOW, expiresAt: NOW })
  await store.replays.raiseFence(NOW)
  await store.replays.sweep(NOW, 10)
  await store.decisions.insertMany([{ id: 'd', atMs: 1, json: '{}' }])
  await store.decisions.find('d')
  await store.decisions.sweep(1, 0)
  await store.registrations.remove({ tenant: 'default', clientId: 'nobody' })
}

async function callAuthorization({ tokens, artefacts, sessions, consents }: StoreSession) {
  const tenant = 'default'
  await tokens.listGrants({ tenant, principalId: 'usr_one' })
  await tokens.listGrants({ tenant, clientId: 'cli_one' })
  await tokens.listGrants({ tenant, sessionId: 'ses_one' })
  await artefacts.find('code00000001')
  await artefacts.findByLookup(tenant, 'device-code', 'WDJB-MJHT')
  await artefacts.consume('code00000001', NOW)
  await artefacts.keep('code00000001', NOW, {})
  await artefacts.sweep(NOW, 10)
  await sessions.sweep(NOW, 10)
  await consents.list({ tenant, limit: 10, principalId: 'usr_one' })
  await consents.list({ tenant, limit: 10, clientId: 'cli_one' })
}

test('every statement of the store is answered by an index, with named exceptions', async () => {
  const memory = new DatabaseSync(':memory:')
  const statements = new Map<string, readonly unknown[]>()
  const sql = new Kysely<Schema>({
    dialect: sqliteDialect(new SqliteConnection(memory, 0)),
    log: ({ query }) => void statements.set(query.sql, query.parameters),
  })
  await migrate(sql, { flavour: sqliteFlavour, name: 'memory', now: NOW })
  statements.clear()
  const db: Db = { read: sql, write: sql, atomic: (work) => work(db), announce: () => {} }
  await callEverything(db)
  assert.ok(statements.size > 35)
  for (const [text, parameters] of statements) {
    if (WALKS.some(([allowed]) => allowed.test(text))) continue
    // Kysely does not know the driver's types; these parameters have just been bound.
    const values = parameters as readonly SQLInputValue[]
    for (const { detail } of memory.prepare(`explain query plan ${text}`).all(...values)) {
      assert.doesNotMatch(String(detail), /^SCAN|TEMP B-TREE/, text)
    }
  }
  memory.close()
})

import type { Insertable, Selectable } from 'kysely'
import type { SessionRecord } from '../../model/authorization.ts'
import type { SessionStore } from '../../model/authorization-store.ts'
import { prepare, touched, type Db } from './db.ts'
import { fromJson, toJson } from './json.ts'
import type { Schema } from './schema.ts'

type Row = Schema['session']

/** Sessions that a list shows. */
const MAX_LISTED = 1000

const byId = prepare((db, [id]: readonly [string]) =>
  db.selectFrom('session').selectAll().where('id', '=', id),
)

/** Browser sessions in SQL. */
export const sessionStore = (db: Db): SessionStore => ({ ...reads(db), ...writes(db) })

const reads = ({ read }: Db): Pick<SessionStore, 'find' | 'listOf'> => ({
  async find(id) {
    const { rows } = await byId(read, [id])
    return rows[0] === undefined ? undefined : toRecord(rows[0])
  },

  async listOf(tenant, principalId, now) {
    const rows = await read
      .selectFrom('session')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('principal_id', '=', principalId)
      .where('revoked_at', 'is', null)
      .where('expires_at', '>', now)
      .orderBy('position', 'desc')
      .limit(MAX_LISTED)
      .execute()
    return rows.map(toRecord)
  },
})

const writes = ({ read, write }: Db): Omit<SessionStore, 'find' | 'listOf'> => {
  const living = (id: string) =>
    write.updateTable('session').where('id', '=', id).where('revoked_at', 'is', null)
  return {
    async insert(record) {
      await write.insertInto('session').values(toRow(record)).execute()
    },

    async touch(id, { lastSeenAt, expiresAt }) {
      const columns = { last_seen_at: lastSeenAt, expires_at: expiresAt }
      return touched(await living(id).set(columns).executeTakeFirstOrThrow())
    },

    async authenticate(id, { authentication, digest, pepperVersion, lastSeenAt, expiresAt }) {
      const columns = {
        authentication: toJson(authentication),
        digest,
        pepper_version: pepperVersion,
        last_seen_at: lastSeenAt,
        expires_at: expiresAt,
      }
      return touched(await living(id).set(columns).executeTakeFirstOrThrow())
    },

    async revoke(id, at) {
      return touched(await living(id).set({ revoked_at: at }).executeTakeFirstOrThrow())
    },

    async sweep(now, limit) {
      const over = read
        .selectFrom('session')
        .select('id')
        .where((row) => row.or([row('expires_at', '<', now), row('revoked_at', '<', now)]))
        .limit(limit)
      const result = await write
        .deleteFrom('session')
        .where('id', 'in', over)
        .executeTakeFirstOrThrow()
      return Number(result.numDeletedRows)
    },
  }
}

const toRow = (record: SessionRecord): Insertable<Row> => ({
  tenant: record.tenant,
  id: record.id,
  digest: record.digest,
  pepper_version: record.pepperVersion,
  principal_id: record.principalId,
  authentication: toJson(record.authentication),
  label: record.label,
  created_at: record.createdAt,
  last_seen_at: record.lastSeenAt,
  expires_at: record.expiresAt,
  revoked_at: record.revokedAt,
})

const toRecord = (row: Selectable<Row>): SessionRecord => ({
  tenant: row.tenant,
  id: row.id,
  digest: row.digest,
  pepperVersion: row.pepper_version,
  principalId: row.principal_id,
  authentication: fromJson(row.authentication),
  label: row.label,
  createdAt: row.created_at,
  lastSeenAt: row.last_seen_at,
  expiresAt: row.expires_at,
  revokedAt: row.revoked_at,
})

import type { Insertable, Selectable } from 'kysely'
import { completeClient } from '../../model/client-settings.ts'
import type { PrincipalRecord } from '../../model/records.ts'
import type { PrincipalStore } from '../../model/store.ts'
import { isEmpty, prepare, touched, type Db } from './db.ts'
import { fromJson, toJson, toJsonIfGiven } from './json.ts'
import { pageWindow, toPage } from './paging.ts'
import type { Schema } from './schema.ts'

type Row = Schema['principal']

const byId = prepare((db, [tenant, id]: readonly [string, string]) =>
  db.selectFrom('principal').selectAll().where('tenant', '=', tenant).where('id', '=', id),
)

const byUsername = prepare((db, [tenant, username]: readonly [string, string]) =>
  db
    .selectFrom('principal')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('username', '=', username),
)

/** Users, services and clients in SQL. */
export const principalStore = (db: Db): PrincipalStore => ({ ...reads(db), ...writes(db) })

const reads = ({ read }: Db): Pick<PrincipalStore, 'find' | 'findByUsername' | 'list'> => ({
  async find(tenant, id) {
    const { rows } = await byId(read, [tenant, id])
    return rows[0] === undefined ? undefined : toRecord(rows[0])
  },

  async findByUsername(tenant, username) {
    const { rows } = await byUsername(read, [tenant, username])
    return rows[0] === undefined ? undefined : toRecord(rows[0])
  },

  async list({ tenant, kind, limit, cursor }) {
    const window = pageWindow(limit, cursor)
    const rows = await read
      .selectFrom('principal')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('kind', '=', kind)
      .where('position', '<', window.below)
      .orderBy('position', 'desc')
      .limit(window.rows)
      .execute()
    return toPage(rows, window, { position: (row) => row.position, record: toRecord })
  },
})

const writes = ({ write }: Db): Pick<PrincipalStore, 'insert' | 'update' | 'revoke'> => ({
  async insert(record) {
    await write.insertInto('principal').values(toRow(record)).execute()
  },

  async update(tenant, id, change) {
    const columns = {
      name: change.name,
      scopes: toJsonIfGiven(change.scopes),
      metadata: toJsonIfGiven(change.metadata),
      client: clientColumn(change.client),
    }
    if (isEmpty(columns)) return isLive(write, tenant, id)
    const result = await write
      .updateTable('principal')
      .set(columns)
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .executeTakeFirstOrThrow()
    return touched(result)
  },

  async revoke(tenant, id, at) {
    const result = await write
      .updateTable('principal')
      .set({ revoked_at: at })
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .executeTakeFirstOrThrow()
    return touched(result)
  },
})

async function isLive(db: Db['read'], tenant: string, id: string): Promise<boolean> {
  const { rows } = await byId(db, [tenant, id])
  return rows[0] !== undefined && rows[0].revoked_at === null
}

/** Null is a value of this column (not a client), so JSON's `null` must not stand for it. */
const clientColumn = (client: PrincipalRecord['client'] | undefined): string | null | undefined =>
  client === null ? null : toJsonIfGiven(client)

const toRow = (record: PrincipalRecord): Insertable<Row> => ({
  tenant: record.tenant,
  id: record.id,
  kind: record.kind,
  name: record.name,
  username: record.username,
  scopes: toJson(record.scopes),
  metadata: toJson(record.metadata),
  client: record.client === null ? null : toJson(record.client),
  created_at: record.createdAt,
  revoked_at: record.revokedAt,
})

const toRecord = (row: Selectable<Row>): PrincipalRecord => ({
  tenant: row.tenant,
  id: row.id,
  kind: row.kind,
  name: row.name,
  username: row.username,
  scopes: fromJson(row.scopes),
  metadata: fromJson(row.metadata),
  client: row.client === null ? null : completeClient(fromJson(row.client)),
  createdAt: row.created_at,
  revokedAt: row.revoked_at,
})

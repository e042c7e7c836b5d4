import { sql, type Insertable, type Selectable } from 'kysely'
import type { ConsentRecord } from '../../model/authorization.ts'
import type { ConsentStore } from '../../model/authorization-store.ts'
import { prepare, touched, type Db } from './db.ts'
import { fromJson, toJson } from './json.ts'
import { pageWindow, toPage } from './paging.ts'
import type { Schema } from './schema.ts'

type Row = Schema['consent']

const byPair = prepare((db, [tenant, principalId, clientId]: readonly [string, string, string]) =>
  db
    .selectFrom('consent')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('principal_id', '=', principalId)
    .where('client_id', '=', clientId),
)

/** What people agreed to, in SQL. */
export const consentStore = ({ read, write }: Db): ConsentStore => ({
  async put(record) {
    const { scopes, audiences, updated_at, expires_at } = toRow(record)
    await write
      .insertInto('consent')
      .values(toRow(record))
      .onConflict((on) =>
        on.columns(['tenant', 'principal_id', 'client_id']).doUpdateSet({
          scopes,
          audiences,
          updated_at,
          expires_at,
          // A revoked record begins anew.
          created_at: sql`case when consent.revoked_at is null then consent.created_at else ${record.createdAt} end`,
          revoked_at: null,
        }),
      )
      .execute()
  },

  async find(tenant, principalId, clientId) {
    const { rows } = await byPair(read, [tenant, principalId, clientId])
    return rows[0] === undefined ? undefined : toRecord(rows[0])
  },

  async list({ tenant, principalId, clientId, limit, cursor }) {
    const window = pageWindow(limit, cursor)
    const query = read
      .selectFrom('consent')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('position', '<', window.below)
      .$if(principalId !== undefined, (q) => q.where('principal_id', '=', principalId ?? ''))
      .$if(clientId !== undefined, (q) => q.where('client_id', '=', clientId ?? ''))
      .orderBy('position', 'desc')
      .limit(window.rows)
    return toPage(await query.execute(), window, {
      position: (row) => row.position,
      record: toRecord,
    })
  },

  async revoke({ tenant, principalId, clientId }, at) {
    const result = await write
      .updateTable('consent')
      .set({ revoked_at: at })
      .where('tenant', '=', tenant)
      .where('principal_id', '=', principalId)
      .where('client_id', '=', clientId)
      .where('revoked_at', 'is', null)
      .executeTakeFirstOrThrow()
    return touched(result)
  },
})

const toRow = (record: ConsentRecord): Insertable<Row> => ({
  tenant: record.tenant,
  principal_id: record.principalId,
  client_id: record.clientId,
  scopes: toJson(record.scopes),
  audiences: toJson(record.audiences),
  created_at: record.createdAt,
  updated_at: record.updatedAt,
  expires_at: record.expiresAt,
  revoked_at: record.revokedAt,
})

const toRecord = (row: Selectable<Row>): ConsentRecord => ({
  tenant: row.tenant,
  principalId: row.principal_id,
  clientId: row.client_id,
  scopes: fromJson(row.scopes),
  audiences: fromJson(row.audiences),
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  expiresAt: row.expires_at,
  revokedAt: row.revoked_at,
})

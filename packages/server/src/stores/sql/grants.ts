import type { Selectable } from 'kysely'
import type { GrantRecord } from '../../model/records.ts'
import type { TokenStore } from '../../model/store.ts'
import { prepare, prepareInsert, touched, type Db } from './db.ts'
import { fromJson, toJson } from './json.ts'
import type { Schema } from './schema.ts'

type Row = Selectable<Schema['token_grant']>
type GrantStore = Pick<
  TokenStore,
  'insertGrant' | 'findGrant' | 'revokeGrant' | 'listGrants' | 'sweepGrants'
>

/** Grants that a list shows. */
const MAX_LISTED = 1000

const byId = prepare((db, [tenant, id]: readonly [string, string]) =>
  db.selectFrom('token_grant').selectAll().where('tenant', '=', tenant).where('id', '=', id),
)

const insertRow = prepareInsert((db, row: Row) => db.insertInto('token_grant').values(row))

/** Grants in SQL: the families of tokens. */
export const grantStore = ({ read, write }: Db): GrantStore => ({
  async insertGrant(record) {
    await insertRow(write, toRow(record))
  },

  async findGrant(tenant, id) {
    const { rows } = await byId(read, [tenant, id])
    return rows[0] === undefined ? undefined : toRecord(rows[0])
  },

  async revokeGrant(tenant, id, at) {
    const result = await write
      .updateTable('token_grant')
      .set({ revoked_at: at })
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .executeTakeFirstOrThrow()
    return touched(result)
  },

  async listGrants({ tenant, principalId, clientId, sessionId }) {
    const rows = await read
      .selectFrom('token_grant')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('revoked_at', 'is', null)
      .$if(principalId !== undefined, (q) => q.where('principal_id', '=', principalId ?? ''))
      .$if(clientId !== undefined, (q) => q.where('client_id', '=', clientId ?? ''))
      .$if(sessionId !== undefined, (q) => q.where('session_id', '=', sessionId ?? ''))
      .orderBy('created_at', 'desc')
      .orderBy('id')
      .limit(MAX_LISTED)
      .execute()
    return rows.map(toRecord)
  },

  async sweepGrants(now, limit) {
    const over = read
      .selectFrom('token_grant')
      .select(['tenant', 'id'])
      .where((row) => row.or([row('expires_at', '<', now), row('revoked_at', '<', now)]))
      .limit(limit)
    const result = await write
      .deleteFrom('token_grant')
      .where((row) => row(row.refTuple('tenant', 'id'), 'in', over.$asTuple('tenant', 'id')))
      .executeTakeFirstOrThrow()
    return Number(result.numDeletedRows)
  },
})

const toRow = (record: GrantRecord): Row => ({
  tenant: record.tenant,
  id: record.id,
  client_id: record.clientId,
  principal_id: record.principalId,
  scopes: toJson(record.scopes),
  audiences: toJson(record.audiences),
  session_id: record.sessionId,
  facts: toJson(record.facts),
  created_at: record.createdAt,
  expires_at: record.expiresAt,
  revoked_at: record.revokedAt,
})

const toRecord = (row: Row): GrantRecord => ({
  tenant: row.tenant,
  id: row.id,
  clientId: row.client_id,
  principalId: row.principal_id,
  scopes: fromJson(row.scopes),
  audiences: fromJson(row.audiences),
  sessionId: row.session_id,
  facts: fromJson(row.facts),
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  revokedAt: row.revoked_at,
})

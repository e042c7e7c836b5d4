import { sql, type Selectable } from 'kysely'
import type { TokenLineage, TokenRecord } from '../../model/records.ts'
import type { TokenStore } from '../../model/store.ts'
import { affected, prepare, prepareInsert, touched, type Db } from './db.ts'
import { grantStore } from './grants.ts'
import { fromJson, toJson } from './json.ts'
import type { Schema } from './schema.ts'

const byId = prepare((db, [id]: readonly [string]) =>
  db.selectFrom('token').selectAll().where('id', '=', id),
)

const insertRow = prepareInsert((db, row: Selectable<Schema['token']>) =>
  db.insertInto('token').values(row),
)

/** One statement: of those that race, one finds the token active. */
const claimRow = prepare(
  (db, [at, sealedSuccessor, id, now]: readonly [number, string, string, number]) =>
    db
      .updateTable('token')
      .set({ claimed_at: at, sealed_successor: sealedSuccessor, state: sql.lit('claimed') })
      .where('id', '=', id)
      .where('kind', '=', sql.lit('refresh'))
      .where('state', '=', sql.lit('active'))
      .where('expires_at', '>', now),
)

/** Grants and tokens in SQL. */
export const tokenStore = (db: Db): TokenStore => ({ ...grantStore(db), ...familyStore(db) })

const familyStore = ({
  read,
  write,
}: Db): Pick<TokenStore, 'insert' | 'find' | 'revoke' | 'claim' | 'sweep'> => ({
  async insert(record) {
    await insertRow(write, toTokenRow(record))
  },

  async find(id) {
    const { rows } = await byId(read, [id])
    return rows[0] === undefined ? undefined : toToken(rows[0])
  },

  async revoke(id) {
    const result = await write
      .updateTable('token')
      .set({ state: 'revoked' })
      .where('id', '=', id)
      .where('state', '<>', 'revoked')
      .executeTakeFirstOrThrow()
    return touched(result)
  },

  async claim(id, at, sealedSuccessor) {
    return affected(await claimRow(write, [at, sealedSuccessor, id, at]))
  },

  async sweep(now, limit) {
    const expired = read.selectFrom('token').select('id').where('expires_at', '<', now).limit(limit)
    const result = await write
      .deleteFrom('token')
      .where('id', 'in', expired)
      .executeTakeFirstOrThrow()
    return Number(result.numDeletedRows)
  },
})

const toTokenRow = (record: TokenRecord): Selectable<Schema['token']> => ({
  tenant: record.tenant,
  id: record.id,
  kind: record.kind,
  digest: record.digest,
  pepper_version: record.pepperVersion,
  grant_id: record.grantId,
  client_id: record.clientId,
  principal_id: record.principalId,
  scopes: toJson(record.scopes),
  audiences: toJson(record.audiences),
  confirmation: record.confirmation === null ? null : toJson(record.confirmation),
  state: record.state,
  sealed_successor: record.sealedSuccessor,
  lineage: record.lineage === undefined ? null : toJson(record.lineage),
  claimed_at: record.claimedAt,
  issued_at: record.issuedAt,
  expires_at: record.expiresAt,
})

const toToken = (row: Selectable<Schema['token']>): TokenRecord => ({
  tenant: row.tenant,
  id: row.id,
  kind: row.kind,
  digest: row.digest,
  pepperVersion: row.pepper_version,
  grantId: row.grant_id,
  clientId: row.client_id,
  principalId: row.principal_id,
  scopes: fromJson(row.scopes),
  audiences: fromJson(row.audiences),
  confirmation: row.confirmation === null ? null : fromJson(row.confirmation),
  state: row.state,
  sealedSuccessor: row.sealed_successor,
  ...(row.lineage === null ? {} : { lineage: fromJson<TokenLineage>(row.lineage) }),
  claimedAt: row.claimed_at,
  issuedAt: row.issued_at,
  expiresAt: row.expires_at,
})

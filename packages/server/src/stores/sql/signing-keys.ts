import type { Insertable, Selectable } from 'kysely'
import type { SigningKeyRecord } from '../../model/records.ts'
import type { SigningKeyStore } from '../../model/store.ts'
import { isEmpty, touched, type Db } from './db.ts'
import { fromJson, toJson } from './json.ts'
import type { Schema } from './schema.ts'

type Row = Schema['signing_key']

/** Signing keys in SQL. */
export const signingKeyStore = ({ read, write }: Db): SigningKeyStore => ({
  async insert(record) {
    await write.insertInto('signing_key').values(toRow(record)).execute()
  },

  async list(tenant) {
    const rows = await read
      .selectFrom('signing_key')
      .selectAll()
      .where('tenant', '=', tenant)
      .orderBy('position')
      .execute()
    return rows.map(toRecord)
  },

  async transition(id, from, change) {
    const columns = {
      state: change.state,
      signs_at: change.signsAt,
      retired_at: change.retiredAt,
      deletes_at: change.deletesAt,
      sealed_private_jwk: change.sealedPrivateJwk,
      kek_version: change.kekVersion,
    }
    if (isEmpty(columns)) return false
    const result = await write
      .updateTable('signing_key')
      .set(columns)
      .where('id', '=', id)
      .where('state', '=', from)
      .executeTakeFirstOrThrow()
    return touched(result)
  },

  async delete(id) {
    await write.deleteFrom('signing_key').where('id', '=', id).execute()
  },
})

const toRow = (record: SigningKeyRecord): Insertable<Row> => ({
  tenant: record.tenant,
  id: record.id,
  algorithm: record.algorithm,
  state: record.state,
  public_jwk: toJson(record.publicJwk),
  sealed_private_jwk: record.sealedPrivateJwk,
  kek_version: record.kekVersion,
  created_at: record.createdAt,
  signs_at: record.signsAt,
  retired_at: record.retiredAt,
  deletes_at: record.deletesAt,
})

const toRecord = (row: Selectable<Row>): SigningKeyRecord => ({
  tenant: row.tenant,
  id: row.id,
  algorithm: row.algorithm,
  state: row.state,
  publicJwk: fromJson(row.public_jwk),
  sealedPrivateJwk: row.sealed_private_jwk,
  kekVersion: row.kek_version,
  createdAt: row.created_at,
  signsAt: row.signs_at,
  retiredAt: row.retired_at,
  deletesAt: row.deletes_at,
})

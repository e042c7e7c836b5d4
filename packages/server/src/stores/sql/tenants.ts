import type { TenantStore } from '../../model/store.ts'
import { touched, type Db } from './db.ts'
import type { Schema } from './schema.ts'
import type { TenantRecord } from '../../model/records.ts'

/** Tenants in SQL. */
export const tenantStore = ({ read, write }: Db): TenantStore => ({
  async insert({ id, name, createdAt, revokedAt }) {
    const row = { id, name, created_at: createdAt, revoked_at: revokedAt }
    await write.insertInto('tenant').values(row).execute()
  },

  async find(id) {
    const row = await read.selectFrom('tenant').selectAll().where('id', '=', id).executeTakeFirst()
    return row === undefined ? undefined : toRecord(row)
  },

  async list() {
    const rows = await read.selectFrom('tenant').selectAll().orderBy('id').execute()
    return rows.map(toRecord)
  },

  async revoke(id, at) {
    const result = await write
      .updateTable('tenant')
      .set({ revoked_at: at })
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .executeTakeFirstOrThrow()
    return touched(result)
  },
})

const toRecord = ({ id, name, created_at, revoked_at }: Schema['tenant']): TenantRecord => ({
  id,
  name,
  createdAt: created_at,
  revokedAt: revoked_at,
})

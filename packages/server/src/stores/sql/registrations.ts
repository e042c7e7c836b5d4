import type { RegistrationRecord, RegistrationStore } from '../../model/registration.ts'
import { prepare, touched, type Db } from './db.ts'
import type { Schema } from './schema.ts'

type Row = Schema['registration']

const byName = prepare((db, [tenant, clientId]: readonly [string, string]) =>
  db
    .selectFrom('registration')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('client_id', '=', clientId),
)

/** Registrations in SQL. */
export const registrationStore = (db: Db): RegistrationStore => ({ ...reads(db), ...writes(db) })

const reads = ({ read }: Db): Pick<RegistrationStore, 'find' | 'count' | 'listUnused'> => ({
  async find(tenant, clientId) {
    const { rows } = await byName(read, [tenant, clientId])
    return rows[0] === undefined ? undefined : toRecord(rows[0])
  },

  async count(tenant, atMost) {
    const rows = await read
      .selectFrom('registration')
      .select('client_id')
      .where('tenant', '=', tenant)
      .limit(atMost)
      .execute()
    return rows.length
  },

  async listUnused(before, limit) {
    const rows = await read
      .selectFrom('registration as r')
      .innerJoin('principal as p', (join) =>
        join.onRef('p.tenant', '=', 'r.tenant').onRef('p.id', '=', 'r.client_id'),
      )
      .select(['r.tenant as tenant', 'r.client_id as clientId'])
      .where('r.created_at', '<', before)
      .where((q) =>
        q.not(
          q.exists(
            q
              .selectFrom('token_grant as g')
              .select('g.id')
              .whereRef('g.tenant', '=', 'r.tenant')
              .whereRef('g.client_id', '=', 'r.client_id'),
          ),
        ),
      )
      .where((q) =>
        q.not(
          q.exists(
            q
              .selectFrom('credential as c')
              .select('c.id')
              .whereRef('c.tenant', '=', 'r.tenant')
              .whereRef('c.principal_id', '=', 'r.client_id')
              .where('c.last_used_at', '>=', before),
          ),
        ),
      )
      .where((q) =>
        q.or([
          q.eb('p.revoked_at', 'is not', null),
          q.not(
            q.exists(
              q
                .selectFrom('consent as k')
                .select('k.principal_id')
                .whereRef('k.tenant', '=', 'r.tenant')
                .whereRef('k.client_id', '=', 'r.client_id')
                .where('k.revoked_at', 'is', null),
            ),
          ),
        ]),
      )
      .orderBy('r.created_at')
      .limit(limit)
      .execute()
    return rows
  },
})

const writes = ({ write }: Db): Pick<RegistrationStore, 'insert' | 'replaceToken' | 'remove'> => ({
  async insert(record) {
    await write.insertInto('registration').values(toRow(record)).execute()
  },

  async replaceToken({ tenant, clientId, tokenId }, next) {
    const result = await write
      .updateTable('registration')
      .set({ token_id: next.tokenId, digest: next.digest, pepper_version: next.pepperVersion })
      .where('tenant', '=', tenant)
      .where('client_id', '=', clientId)
      .where('token_id', '=', tokenId)
      .executeTakeFirstOrThrow()
    return touched(result)
  },

  async remove({ tenant, clientId }) {
    await write
      .deleteFrom('registration')
      .where('tenant', '=', tenant)
      .where('client_id', '=', clientId)
      .execute()
    await write
      .deleteFrom('credential')
      .where('tenant', '=', tenant)
      .where('principal_id', '=', clientId)
      .execute()
    await write
      .deleteFrom('principal')
      .where('tenant', '=', tenant)
      .where('id', '=', clientId)
      .execute()
  },
})

const toRow = (record: RegistrationRecord): Row => ({
  tenant: record.tenant,
  client_id: record.clientId,
  token_id: record.tokenId,
  digest: record.digest,
  pepper_version: record.pepperVersion,
  created_at: record.createdAt,
})

const toRecord = (row: Row): RegistrationRecord => ({
  tenant: row.tenant,
  clientId: row.client_id,
  tokenId: row.token_id,
  digest: row.digest,
  pepperVersion: row.pepper_version,
  createdAt: row.created_at,
})

import type { Selectable } from 'kysely'
import type { ArtefactKind, ArtefactRecord } from '../../model/authorization.ts'
import type { ArtefactStore } from '../../model/authorization-store.ts'
import { affected, prepare, prepareInsert, touched, type Db } from './db.ts'
import { fromJson, toJson } from './json.ts'
import type { Schema } from './schema.ts'

type Row = Selectable<Schema['artefact']>

const byId = prepare((db, [id]: readonly [string]) =>
  db.selectFrom('artefact').selectAll().where('id', '=', id),
)

const byLookup = prepare((db, [tenant, kind, lookup]: readonly [string, ArtefactKind, string]) =>
  db
    .selectFrom('artefact')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('kind', '=', kind)
    .where('lookup', '=', lookup)
    .where('consumed_at', 'is', null),
)

const insertRow = prepareInsert((db, row: Row) => db.insertInto('artefact').values(row))

type Consumption = readonly [number, string | null, string | null, string, number]

/** One statement: of those that race, one finds it unused. What is not given stays as it is. */
const consumeRow = prepare((db, [at, grantId, sealedResponse, id, now]: Consumption) =>
  db
    .updateTable('artefact')
    .set((row) => ({
      consumed_at: at,
      grant_id: row.fn.coalesce(row.val(grantId), 'grant_id'),
      sealed_response: row.fn.coalesce(row.val(sealedResponse), 'sealed_response'),
    }))
    .where('id', '=', id)
    .where('consumed_at', 'is', null)
    .where('expires_at', '>', now),
)

/** Single-use artefacts in SQL. Each claim is one conditional statement. */
export const artefactStore = (db: Db): ArtefactStore => ({ ...reads(db), ...claims(db) })

const reads = ({
  read,
  write,
}: Db): Pick<ArtefactStore, 'insert' | 'find' | 'findByLookup' | 'sweep'> => ({
  async insert(record) {
    await insertRow(write, toRow(record))
  },

  async find(id) {
    const { rows } = await byId(read, [id])
    return rows[0] === undefined ? undefined : toRecord(rows[0])
  },

  async findByLookup(tenant, kind, lookup) {
    const { rows } = await byLookup(read, [tenant, kind, lookup])
    return rows[0] === undefined ? undefined : toRecord(rows[0])
  },

  async sweep(now, limit) {
    const expired = read
      .selectFrom('artefact')
      .select('id')
      .where('expires_at', '<', now)
      .limit(limit)
    const result = await write
      .deleteFrom('artefact')
      .where('id', 'in', expired)
      .executeTakeFirstOrThrow()
    return Number(result.numDeletedRows)
  },
})

const claims = ({ write }: Db): Pick<ArtefactStore, 'consume' | 'decide' | 'keep'> => {
  /** Only while it lives: at the second of its expiry it is over. */
  const living = (id: string, at: number) =>
    write
      .updateTable('artefact')
      .where('id', '=', id)
      .where('consumed_at', 'is', null)
      .where('expires_at', '>', at)
  return {
    async consume(id, at, { grantId, sealedResponse } = {}) {
      const args = [at, grantId ?? null, sealedResponse ?? null, id, at] as const
      return affected(await consumeRow(write, args))
    },

    async decide(id, at, { principalId, grantId, data }) {
      const columns = { principal_id: principalId, grant_id: grantId, data: toJson(data) }
      const undecided = living(id, at).where('principal_id', 'is', null)
      return touched(await undecided.set(columns).executeTakeFirstOrThrow())
    },

    async keep(id, at, data) {
      return touched(
        await living(id, at)
          .set({ data: toJson(data) })
          .executeTakeFirstOrThrow(),
      )
    },
  }
}

const toRow = (record: ArtefactRecord): Row => ({
  tenant: record.tenant,
  id: record.id,
  kind: record.kind,
  digest: record.digest,
  pepper_version: record.pepperVersion,
  client_id: record.clientId,
  principal_id: record.principalId,
  grant_id: record.grantId,
  lookup: record.lookup,
  data: toJson(record.data),
  sealed_response: record.sealedResponse,
  created_at: record.createdAt,
  expires_at: record.expiresAt,
  consumed_at: record.consumedAt,
})

const toRecord = (row: Row): ArtefactRecord => ({
  tenant: row.tenant,
  id: row.id,
  kind: row.kind,
  digest: row.digest,
  pepperVersion: row.pepper_version,
  clientId: row.client_id,
  principalId: row.principal_id,
  grantId: row.grant_id,
  lookup: row.lookup,
  data: fromJson(row.data),
  sealedResponse: row.sealed_response,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  consumedAt: row.consumed_at,
})

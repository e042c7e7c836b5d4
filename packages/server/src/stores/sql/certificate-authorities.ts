import type { Insertable, Selectable } from 'kysely'
import type { CertificateAuthorityRecord, CertificateFacts } from '../../model/records.ts'
import type { CertificateAuthorityStore, RevokedCertificate } from '../../model/store.ts'
import { lastNumber, nextNumber } from './counters.ts'
import { isEmpty, touched, type Db } from './db.ts'
import { fromJson } from './json.ts'
import type { Schema } from './schema.ts'

type Row = Schema['certificate_authority']

/** CAs in SQL. */
export const certificateAuthorityStore = (db: Db): CertificateAuthorityStore => ({
  insert: (record) =>
    db.atomic(async (inside) => {
      await inside.write.insertInto('certificate_authority').values(toRow(record)).execute()
      await nextNumber(inside, 'certificate-bundle')
    }),

  async list(tenant) {
    const rows = await db.read
      .selectFrom('certificate_authority')
      .selectAll()
      .where('tenant', '=', tenant)
      .orderBy('position')
      .execute()
    return rows.map(toRecord)
  },

  transition: (id, from, change) => db.atomic((inside) => transition(inside, id, { from, change })),
  sequence: () => lastNumber(db.read, 'certificate-bundle'),
  nextListNumber: () => db.atomic((inside) => nextNumber(inside, 'certificate-list')),
  revoked: (authority, expiresAfter) => revoked(db, authority, expiresAfter),

  async countLive(now) {
    const rows = await db.read
      .selectFrom('credential')
      .select(['authority', (count) => count.fn.countAll<number>().as('certificates')])
      .where('authority', 'is not', null)
      .where('expires_at', '>', now)
      .where('revoked_at', 'is', null)
      .groupBy('authority')
      .execute()
    return new Map(rows.map(({ authority, certificates }) => [authority ?? '', certificates]))
  },

  async sweep(expiredBefore, limit) {
    const expired = db.write
      .selectFrom('credential')
      .select('position')
      .where('authority', 'is not', null)
      .where('expires_at', '<', expiredBefore)
      .limit(limit)
    const gone = await db.write
      .deleteFrom('credential')
      .where('position', 'in', expired)
      .returning('position')
      .execute()
    return gone.length
  },
})

interface Transition {
  readonly from: CertificateAuthorityRecord['state']
  readonly change: Parameters<CertificateAuthorityStore['transition']>[2]
}

async function transition(db: Db, id: string, { from, change }: Transition): Promise<boolean> {
  const columns = {
    state: change.state,
    since: change.since,
    sealed_private_key: change.sealedPrivateKey,
    kek_version: change.kekVersion,
  }
  if (isEmpty(columns)) return false
  const result = await db.write
    .updateTable('certificate_authority')
    .set(columns)
    .where('id', '=', id)
    .where('state', '=', from)
    .executeTakeFirstOrThrow()
  if (!touched(result)) return false
  if (change.state !== undefined) await nextNumber(db, 'certificate-bundle')
  return true
}

/** A certificate falls with its principal, its tenant and the credential that it began with. */
async function revoked(
  { read }: Db,
  authority: string,
  expiresAfter: number,
): Promise<readonly RevokedCertificate[]> {
  const rows = await read
    .selectFrom('credential')
    .innerJoin('principal', (on) =>
      on
        .onRef('principal.tenant', '=', 'credential.tenant')
        .onRef('principal.id', '=', 'credential.principal_id'),
    )
    .innerJoin('tenant', 'tenant.id', 'credential.tenant')
    .leftJoin('credential as root', 'root.id', 'credential.root_id')
    .select([
      'credential.certificate',
      'credential.revoked_at as own',
      'credential.revoked_reason as reason',
      'principal.revoked_at as owner',
      'tenant.revoked_at as home',
      'root.revoked_at as root',
    ])
    .where('credential.authority', '=', authority)
    .where('credential.expires_at', '>', expiresAfter)
    .where((where) =>
      where.or([
        where('credential.revoked_at', 'is not', null),
        where('principal.revoked_at', 'is not', null),
        where('tenant.revoked_at', 'is not', null),
        where('root.revoked_at', 'is not', null),
      ]),
    )
    .execute()
  return rows.flatMap(({ certificate, own, owner, home, root, reason }) => {
    const revokedAt = own ?? owner ?? home ?? root
    if (certificate === null || revokedAt === null) return []
    return [{ serial: fromJson<CertificateFacts>(certificate).serial, revokedAt, reason }]
  })
}

const toRow = (record: CertificateAuthorityRecord): Insertable<Row> => ({
  tenant: record.tenant,
  id: record.id,
  name: record.name,
  state: record.state,
  since: record.since,
  not_after: record.notAfter,
  certificate: Buffer.from(record.certificate).toString('base64'),
  sealed_private_key: record.sealedPrivateKey,
  kek_version: record.kekVersion,
  created_at: record.createdAt,
})

const toRecord = (row: Selectable<Row>): CertificateAuthorityRecord => ({
  tenant: row.tenant,
  id: row.id,
  name: row.name,
  state: row.state,
  since: row.since,
  notAfter: row.not_after,
  certificate: new Uint8Array(Buffer.from(row.certificate, 'base64')),
  sealedPrivateKey: row.sealed_private_key,
  kekVersion: row.kek_version,
  createdAt: row.created_at,
})

/** What a device asks for, kept until a person has decided and the device has its tokens. */
import { mintArtefact } from '../../artefacts/artefact.ts'
import type { Access } from '../../authorization/access.ts'
import type { ArtefactRecord } from '../../model/authorization.ts'
import { ConflictError } from '../../model/errors.ts'
import type { Services } from '../../services.ts'
import type { Tenant } from '../../tenants/directory.ts'
import { newUserCode, shownUserCode, userCodeDigests } from './user-code.ts'

/** What a device code keeps: its `data` in the store. */
export interface DeviceData extends Access {
  /** The key that the device proved when it asked: it has to poll with that key. */
  readonly dpopJkt?: string
  /** Where the device asked from, for the person to recognise. Gone with the record. */
  readonly address?: string
}

/** A request of a device. */
export interface DeviceRequest {
  readonly clientId: string
  readonly data: DeviceData
}

/** A request that was kept, and both of its codes as the device is told them. */
export interface KeptDeviceRequest {
  readonly deviceCode: string
  readonly userCode: string
}

/** Time to find a browser, to sign in and to read (RFC 8628 §3.2). */
export const DEVICE_CODE_SECONDS = 600

/** One code in 2.5e10 is taken for each request that lives; five times in a row is a broken source. */
const MAX_TRIES = 5

interface DeviceCall {
  readonly services: Services
  readonly tenant: Tenant
  readonly now: number
}

/** Keeps a request under two fresh codes; of the user code only a keyed digest. */
export async function keepDeviceRequest(
  call: DeviceCall,
  asked: DeviceRequest,
): Promise<KeptDeviceRequest> {
  for (let tries = 1; ; tries += 1) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- again only where the code is taken
      return await insertRequest(call, asked)
    } catch (error) {
      if (!(error instanceof ConflictError) || tries >= MAX_TRIES) throw error
    }
  }
}

async function insertRequest(
  { services, tenant, now }: DeviceCall,
  { clientId, data }: DeviceRequest,
): Promise<KeptDeviceRequest> {
  const userCode = newUserCode()
  const [lookup = null] = userCodeDigests(services.secrets, tenant.id, userCode)
  const { text, record } = await mintArtefact(services, {
    tenant: tenant.id,
    kind: 'device-code',
    clientId,
    lookup,
    data: { ...data },
    seconds: DEVICE_CODE_SECONDS,
    now,
  })
  await services.store.artefacts.insert(record)
  return { deviceCode: text, userCode: shownUserCode(userCode) }
}

/** Written above, from values of this type. */
export const deviceDataOf = ({ data }: ArtefactRecord): DeviceData => data as unknown as DeviceData

/** The request behind a user code, while it waits for a person. @param code - Of `readUserCode`. */
export async function findWaitingRequest(
  { services, tenant, now }: DeviceCall,
  code: string,
): Promise<ArtefactRecord | undefined> {
  for (const digest of userCodeDigests(services.secrets, tenant.id, code)) {
    // oxlint-disable-next-line no-await-in-loop -- one pepper, but while they are rotated
    const found = await services.store.artefacts.findByLookup(tenant.id, 'device-code', digest)
    if (found !== undefined) return isWaiting(found, now) ? found : undefined
  }
  return undefined
}

/** The same by its id, which only the page that was shown for it knows. @param id - Attacker-controlled. */
export async function findRequestById(
  { services, tenant, now }: DeviceCall,
  id: string,
): Promise<ArtefactRecord | undefined> {
  const found = await services.store.artefacts.find(id)
  const ours = found?.tenant === tenant.id && found.kind === 'device-code'
  return ours && isWaiting(found, now) ? found : undefined
}

const isWaiting = (record: ArtefactRecord, now: number): boolean =>
  record.principalId === null && record.consumedAt === null && record.expiresAt > now

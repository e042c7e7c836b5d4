import type { Store } from '../../model/store.ts'
import { sampleCredential, samplePrincipal } from './records.ts'

/** Inserts the sample principal and `count` keys of it, in one transaction; answers their ids. */
export async function seedKeys(store: Store, count: number): Promise<readonly string[]> {
  const ids = Array.from({ length: count }, (_, index) => `key${String(index).padStart(9, '0')}`)
  await store.transaction(async (session) => {
    await session.principals.insert(samplePrincipal())
    for (const id of ids) await session.credentials.insert(sampleCredential({ id }))
  })
  return ids
}

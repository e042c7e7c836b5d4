import { Secret, type Method } from 'countersign'
import { apiKey, type ApiKeyRecord } from 'countersign/api-key'
import { digestApiKey, mintApiKey, peppers } from 'countersign/api-key/mint'
import type { Scene } from './scene.ts'

const KIND = { brand: 'acme', environment: 'live' }

/** API keys from a table of our own: good ones, and what must not pass. */
export async function keyScenes(): Promise<{ method: Method; scenes: readonly Scene[] }> {
  const ring = peppers(new Map([[1, new Secret('c3'.repeat(22))]]))
  const table = new Map<string, ApiKeyRecord>()
  const issue = async (more: Partial<ApiKeyRecord>): Promise<string> => {
    const { id, key } = mintApiKey(KIND)
    const record = { id, tenant: 'default', principalId: 'svc_1', scopes: ['orders:read'] }
    table.set(id, { ...record, ...(await digestApiKey(ring, key)), ...more })
    return key.reveal()
  }
  const good = await issue({})
  const source = { kind: 'records', find: (id: string) => table.get(id), peppers: ring } as const
  return {
    method: apiKey({ ...KIND, source }),
    scenes: [
      { name: 'a good key', headers: { 'x-api-key': good }, status: 200 },
      { name: 'a good key as Bearer', headers: { authorization: `Bearer ${good}` }, status: 200 },
      refuse('a revoked key', await issue({ revokedAt: 1 })),
      refuse('an expired key', await issue({ expiresAt: 1 })),
      refuse('an unknown key', mintApiKey(KIND).key.reveal()),
      refuse('a key with a suffix', `${good}x`),
      refuse('the digest as a key', [...table.values()][0]?.digest ?? ''),
      {
        name: 'a key without the scope',
        headers: { 'x-api-key': await issue({ scopes: [] }) },
        status: 403,
      },
      {
        name: 'two credentials',
        headers: { 'x-api-key': good, authorization: `Bearer ${good}` },
        status: 400,
      },
    ],
  }
}

const refuse = (name: string, key: string): Scene => ({
  name,
  headers: { 'x-api-key': key },
  status: 401,
})

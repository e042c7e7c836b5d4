import { randomBytes } from 'node:crypto'
import { rmSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { guard, Secret } from 'countersign'
import { authority as follow } from 'countersign/authority'
import { createAuthority, type Authority } from '../../packages/server/src/authority.ts'
import { makeLogger } from '../../packages/server/src/operations/log.ts'
import type { Store } from '../../packages/server/src/model/store.ts'
import { addApiKey, addClient } from '../../packages/server/src/testing/authority.ts'
import { startPostgres, type PostgresServer } from '../../packages/server/src/testing/postgres.ts'
import type { Answer } from './call.ts'
import { Ledger } from './ledger.ts'
import { freePort, Node } from './node.ts'
import { openStore } from './open-store.ts'
import { proxyTo } from './proxy.ts'
import { seeded } from './random.ts'
import { mountDisk } from './small-disk.ts'
import { administer, insist, textIn, type Verifier, type World } from './world.ts'

/** Where the store of a run is. */
export type StoreKind = 'sqlite' | 'postgres'

/** A world, and what has to be put away after it. */
export interface Installation extends World {
  readonly store: Store
  readonly storeUrl: string
  readonly postgres: PostgresServer | undefined
  /** The folder of the database, when it is a small disk that can be filled. */
  readonly disk: string | undefined
  close(): Promise<void>
}

/** Keys are published for so long before they sign. Longer than any clock of the run is wrong. */
const SIGNING = { jwksMaxAgeSeconds: 10, reloadSeconds: 2, rotationSeconds: 120 }
const API = 'https://api.example.com'

/** Sets everything up: a store, two nodes on it, a proxy and a verifier for each. */
export async function install(
  kind: StoreKind,
  { seed, toleranceSeconds }: { readonly seed: number; readonly toleranceSeconds: number },
): Promise<Installation> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-soak-'))
  const postgres = kind === 'postgres' ? await startPostgres({ durable: true }) : undefined
  const disk = kind === 'sqlite' ? mountDisk(folder) : undefined
  const storeUrl = (await postgres?.create()) ?? join(folder, 'soak.db')
  const secret = randomBytes(32).toString('base64url')
  const signing = { ...SIGNING, toleranceSeconds }
  const store = await openStore(storeUrl)
  const seeder = await openSeeder(store, secret, signing)
  const env = { SOAK_STORE: storeUrl, SOAK_SECRET: secret, SOAK_SIGNING: JSON.stringify(signing) }
  const ports = [await freePort(), await freePort()]
  const nodes = ports.map((port, index) => new Node(`node ${index + 1}`, port, env))
  await Promise.all(nodes.map((node) => node.start()))
  const proxies = await Promise.all(ports.map((port) => proxyTo(port)))
  const { key: admin } = await addApiKey({ authority: seeder }, ['countersign:*'])
  const verifiers = proxies.map(({ url }, index) => verifierOf(`verifier ${index + 1}`, url, admin))
  await Promise.all(verifiers.map(({ remote }) => remote.ready()))
  const parts = { nodes, proxies, verifiers, admin, seeder }
  const world = {
    ...(await populate({ seed, ...parts })),
    store,
    storeUrl,
    postgres,
    disk: disk?.path,
  }
  const close = async (): Promise<void> => {
    await Promise.allSettled(verifiers.map(({ remote }) => remote.close()))
    await Promise.allSettled(proxies.map((proxy) => proxy.close()))
    await Promise.allSettled(nodes.map((node) => node.end('SIGKILL')))
    await seeder.close()
    await store.close()
    await postgres?.dispose()
    disk?.unmount()
    rmSync(folder, { recursive: true, force: true })
  }
  return Object.assign(world, { close })
}

function openSeeder(store: Store, secret: string, signing: object): Promise<Authority> {
  const ring = new Map([[1, new Secret(secret)]])
  return createAuthority({
    issuer: 'http://127.0.0.1:1',
    store,
    secrets: { peppers: ring, keks: ring },
    signing,
    logger: makeLogger({ level: 'silent' }),
  })
}

function verifierOf(name: string, url: string, credential: string): Verifier {
  const remote = follow({
    issuer: 'http://127.0.0.1:1',
    url,
    audience: API,
    algorithms: ['ES256'],
    credential,
    accept: ['jwt', 'api-key', 'opaque'],
    allowPrivateHosts: ['127.0.0.1'],
    unsafe: { allowHttp: true },
  })
  return { name, remote, desk: guard({ methods: remote.methods, trustedProxies: [] }) }
}

type Parts = Pick<World, 'nodes' | 'proxies' | 'verifiers' | 'admin' | 'seeder'>

async function populate({ seed, ...parts }: Parts & { readonly seed: number }): Promise<World> {
  const at = { authority: parts.seeder }
  const posting = { tokenEndpointAuthMethod: 'client_secret_post' } as const
  const grantTypes = ['authorization_code', 'refresh_token']
  const world: World = {
    ...parts,
    ledger: new Ledger(),
    random: seeded(seed),
    clients: {
      jwt: await addClient(at, posting),
      opaque: await addClient(at, { ...posting, accessTokenFormat: 'opaque' }),
      app: await addClient(at, { ...posting, grantTypes }),
    },
    serviceId: '',
    signing: { id: '', secret: '' },
    holdings: [],
    families: [],
    kids: new Map(),
    weather: {
      fault: undefined,
      calmSince: Date.now(),
      wrongClockUntil: 0,
      newKeyUntil: 0,
      stopped: false,
    },
  }
  const named = { name: 'soak', scopes: ['orders:read'] }
  const make = (path: string, json: object): Promise<Answer | undefined> =>
    insist(world, () => administer(world, { operation: 'set up', path, json }))
  const service = await make('/v1/services', named)
  const serviceId = service === undefined ? '' : textIn(service, 'id')
  const key = await make('/v1/signing-credentials', { ...named, serviceId, kind: 'hmac_key' })
  if (key === undefined) throw new Error('no node answers')
  const signing = { id: textIn(key, 'id'), secret: textIn(key, 'secret') }
  return { ...world, serviceId, signing }
}

/**
 * What `countersign dev` starts with: one credential of each pattern. They are made through the
 * management API, as an operator would, and kept in the data folder, so that the lines printed
 * yesterday work today.
 */
import { generateKeyPairSync } from 'node:crypto'
import type { Api } from '../connection/api.ts'
import {
  readCredentials,
  saveCredentials,
  type StoredCredential,
  type StoredCredentials,
} from '../data-folder/credentials.ts'
import type { DataFolder } from '../data-folder/folder.ts'
import { DEMO_AUDIENCE, DEMO_SCOPES } from '../demo/api.ts'
import { CliError } from '../exit.ts'
import { objectsOf, type Json } from '../json.ts'

/** The credentials of `dev`. */
export interface DevCredentials {
  /** May do everything with orders. */
  readonly ordersKey: StoredCredential
  /** Is accepted, and may do nothing with orders. */
  readonly powerlessKey: StoredCredential
  /** There to be revoked; the next start makes another. */
  readonly spareKey: StoredCredential
  readonly jwtClient: StoredCredential
  readonly opaqueClient: StoredCredential
  readonly user: StoredCredential
  /** Asks people for access; has no secret. */
  readonly app: StoredCredential
  /** Exchanges their tokens for its own. */
  readonly exchanger: StoredCredential
  /** Signs with a secret that both sides can derive. */
  readonly hmacKey: StoredCredential
  /** Signs with a private key that only this side has. */
  readonly privateKey: StoredCredential
  /** Asks for certificates, of the service whose certificates they will be. */
  readonly issuingKey: StoredCredential
  /** Its tokens are bound to the certificate of its connection. */
  readonly boundClient: StoredCredential
}

/** Environment of the keys that `dev` makes: one that a `live` API refuses. */
export const DEV_ENVIRONMENT = 'dev'

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code'

const SCOPES = Object.values(DEMO_SCOPES)
const POWERLESS_SCOPE = 'status:read'
const SERVICE = { name: 'dev-orders', scopes: [...SCOPES, POWERLESS_SCOPE] }
const ISSUE_SCOPE = 'countersign:certificates:issue'
/** A service apart: what can issue may do more than what calls the demo API. */
const WORKLOAD = { name: 'dev-workload', scopes: [...SCOPES, ISSUE_SCOPE] }
/** The authority itself is asked with it, and the authority is no demo. */
const ISSUING_KEY: WantedKey = {
  service: WORKLOAD,
  scopes: WORKLOAD.scopes,
  environment: 'test',
}

/** An API key to be found or made. */
interface WantedKey {
  readonly scopes: readonly string[]
  /** @defaultValue the one whose keys call the demo API */
  readonly service?: typeof SERVICE
  /** @defaultValue {@link DEV_ENVIRONMENT} */
  readonly environment?: string
}

/** What seeding works with. */
interface Seeding {
  readonly api: Api
  readonly origin: string
  readonly stored: StoredCredentials
}

/** Finds or makes the credentials of `dev`, and stores them for this origin. */
export async function seed(api: Api, folder: DataFolder, origin: string): Promise<DevCredentials> {
  const seeding: Seeding = { api, origin, stored: readCredentials(folder) }
  const made = {
    ordersKey: await keyFor(seeding, 'orders-key', { scopes: SCOPES }),
    powerlessKey: await keyFor(seeding, 'powerless-key', { scopes: [POWERLESS_SCOPE] }),
    spareKey: await keyFor(seeding, 'spare-key', { scopes: SCOPES }),
    jwtClient: await clientFor(seeding, 'jwt-client', { accessTokenFormat: 'jwt' }),
    opaqueClient: await clientFor(seeding, 'opaque-client', { accessTokenFormat: 'opaque' }),
    boundClient: await clientFor(seeding, 'bound-client', { certificateBoundAccessTokens: true }),
    user: await userFor(seeding, 'alice'),
    app: await appFor(seeding, 'app'),
    exchanger: await clientFor(seeding, 'exchanger', {
      grantTypes: [EXCHANGE],
      tokenExchange: { subjects: ['*'], mode: 'delegation' },
    }),
    hmacKey: await hmacKeyFor(seeding, 'hmac-key'),
    privateKey: await privateKeyFor(seeding, 'private-key'),
    issuingKey: await keyFor(seeding, 'issuing-key', ISSUING_KEY),
  }
  saveCredentials(folder, {
    'orders-key': made.ordersKey,
    'powerless-key': made.powerlessKey,
    'spare-key': made.spareKey,
    'jwt-client': made.jwtClient,
    'opaque-client': made.opaqueClient,
    alice: made.user,
    app: made.app,
    exchanger: made.exchanger,
    'hmac-key': made.hmacKey,
    'private-key': made.privateKey,
    'issuing-key': made.issuingKey,
    'bound-client': made.boundClient,
  })
  return made
}

async function keyFor(
  seeding: Seeding,
  name: string,
  { scopes, service = SERVICE, environment = DEV_ENVIRONMENT }: WantedKey,
): Promise<StoredCredential> {
  const known = await stillLive(seeding, name, '/v1/keys')
  if (known !== undefined) return known
  const serviceId = await serviceFor(seeding, service)
  const key = await seeding.api.post('/v1/keys', { serviceId, name, environment, scopes })
  return stored(seeding, 'api-key', { id: key['id'], secret: key['secret'] })
}

const SIGNING = '/v1/signing-credentials'

async function hmacKeyFor(seeding: Seeding, name: string): Promise<StoredCredential> {
  const known = await stillLive(seeding, name, SIGNING)
  if (known !== undefined) return known
  const serviceId = await serviceFor(seeding)
  const body = { serviceId, kind: 'hmac_key', name, scopes: SCOPES }
  const { id, secret } = await seeding.api.post(SIGNING, body)
  return stored(seeding, 'hmac-key', { id, secret })
}

/** The key is made here, and the authority is given its public half. */
async function privateKeyFor(seeding: Seeding, name: string): Promise<StoredCredential> {
  const known = await stillLive(seeding, name, SIGNING)
  if (known !== undefined) return known
  const serviceId = await serviceFor(seeding)
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const publicJwk = publicKey.export({ format: 'jwk' })
  const body = { serviceId, kind: 'public_key', publicJwk, name, scopes: SCOPES }
  const { id } = await seeding.api.post(SIGNING, body)
  const secret = JSON.stringify(privateKey.export({ format: 'jwk' }))
  return stored(seeding, 'private-key', { id, secret })
}

async function serviceFor(seeding: Seeding, wanted = SERVICE): Promise<string> {
  const services = await itemsOf(seeding, '/v1/services')
  const known = services.find(({ name, revokedAt }) => name === wanted.name && revokedAt === null)
  const service = known ?? (await seeding.api.post('/v1/services', wanted))
  return String(service['id'])
}

async function clientFor(
  seeding: Seeding,
  name: string,
  settings: Json,
): Promise<StoredCredential> {
  const known = await stillLive(seeding, name, '/v1/clients')
  if (known !== undefined) return known
  const client = await seeding.api.post('/v1/clients', {
    name,
    scopes: SCOPES,
    audiences: [DEMO_AUDIENCE],
    ...settings,
  })
  return stored(seeding, 'client', { id: client['id'], secret: client['secret'] })
}

/** An app on a person's machine: public, with a loopback address (RFC 8252). */
async function appFor(seeding: Seeding, name: string): Promise<StoredCredential> {
  const known = await stillLive(seeding, name, '/v1/clients')
  if (known !== undefined) return known
  const client = await seeding.api.post('/v1/clients', {
    name,
    tokenEndpointAuthMethod: 'none',
    applicationType: 'native',
    redirectUris: ['http://127.0.0.1/callback'],
    grantTypes: ['authorization_code', 'refresh_token', DEVICE],
    scopes: SCOPES,
    audiences: [DEMO_AUDIENCE],
  })
  return stored(seeding, 'public-client', { id: client['id'], secret: '' })
}

async function userFor(seeding: Seeding, name: string): Promise<StoredCredential> {
  const users = await itemsOf(seeding, '/v1/users')
  const known = seeding.stored[name]
  const isLive = users.some(
    ({ username, revokedAt }) => username === known?.id && revokedAt === null,
  )
  if (known !== undefined && isLive) return { ...known, origin: seeding.origin }
  // The name of a revoked user stays taken.
  const isTaken = users.some(({ username }) => username === name)
  const username = isTaken ? `${name}-${users.length}` : name
  const user = await seeding.api.post('/v1/users', { username, name, scopes: SCOPES })
  return stored(seeding, 'basic', { id: username, secret: user['password'] })
}

const itemsOf = async ({ api }: Seeding, path: string): Promise<readonly Json[]> =>
  objectsOf((await api.get(`${path}?limit=200`))['items'])

/** The credential of an earlier start, unless somebody revoked it since. */
async function stillLive(
  { api, origin, stored: credentials }: Seeding,
  name: string,
  path: string,
): Promise<StoredCredential | undefined> {
  const known = credentials[name]
  if (known === undefined) return undefined
  try {
    const record = await api.get(`${path}/${known.id}`)
    return record['revokedAt'] === null ? { ...known, origin } : undefined
  } catch (error) {
    if (error instanceof CliError && error.code === 'notFound') return undefined
    throw error
  }
}

const stored = (
  { origin }: Seeding,
  method: StoredCredential['method'],
  { id, secret }: { readonly id: unknown; readonly secret: unknown },
): StoredCredential => ({ method, origin, id: String(id), secret: String(secret) })

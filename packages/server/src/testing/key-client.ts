import {
  createHmac,
  generateKeyPairSync,
  randomBytes,
  sign,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto'
import { dpopProof, importSigningKey, type SigningKey } from 'countersign/dpop/sign'
import type { AssertionChange } from '../client-auth/attacks.ts'
import type { ClientSettings } from '../model/client-settings.ts'
import { addClient, type TestAuthority } from './authority.ts'

/** The form members of `private_key_jwt` but for the assertion. */
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** Algorithms that test clients sign with. */
export type TestAlgorithm = 'ES256' | 'PS256' | 'RS256' | 'EdDSA'

/** A key pair of a client. */
export interface TestKey {
  readonly algorithm: TestAlgorithm
  readonly privateKey: KeyObject
  /** Public, with `kid` and `alg`. */
  readonly jwk: Readonly<Record<string, unknown>>
}

/** Makes a key pair. */
export function testKey(algorithm: TestAlgorithm = 'ES256'): TestKey {
  const { publicKey, privateKey } =
    algorithm === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : algorithm === 'EdDSA'
        ? generateKeyPairSync('ed25519')
        : generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk: JsonWebKey = publicKey.export({ format: 'jwk' })
  return { algorithm, privateKey, jwk: { ...jwk, alg: algorithm, kid: 'key-1', use: 'sig' } }
}

/** A client that proves itself by its key. */
export interface KeyClient {
  readonly id: string
  readonly key: TestKey
}

/** Registers a client with `private_key_jwt`. */
export async function addKeyClient(
  at: Pick<TestAuthority, 'authority'>,
  settings: Partial<ClientSettings> = {},
  { tenant = 'default', key = testKey() } = {},
): Promise<KeyClient> {
  const keys = { tokenEndpointAuthMethod: 'private_key_jwt', jwks: { keys: [key.jwk] } } as const
  const { id } = await addClient(at, { ...keys, ...settings }, { tenant })
  return { id, key }
}

/** What an assertion is made of. */
export interface AssertionInput {
  readonly audience: string
  /** Seconds since the epoch. */
  readonly now: number
  readonly change?: AssertionChange
  /** Keys of others, for the attacks. */
  readonly others?: { readonly otherClient: TestKey; readonly stranger: TestKey }
}

const encode = (members: object): string =>
  Buffer.from(JSON.stringify(members)).toString('base64url')

/** The form members by which a client proves itself, broken on purpose where asked. */
export function assertionForm(
  { id, key }: KeyClient,
  { audience, now, change = {}, others }: AssertionInput,
): Readonly<Record<string, string>> {
  const header = { alg: key.algorithm, kid: 'key-1', ...change.header }
  const jti = randomBytes(12).toString('hex')
  const claims = { iss: id, sub: id, aud: audience, jti, iat: now, exp: now + 60, ...change.claims }
  const input = `${encode(header)}.${encode(claims)}`
  const signers = { own: key, 'other-client': others?.otherClient, stranger: others?.stranger }
  const form = {
    client_assertion_type: ASSERTION_TYPE,
    client_assertion: `${input}.${signatureOf(input, key, change.signer ?? 'own', signers)}`,
    ...change.form,
  }
  return Object.fromEntries(
    Object.entries(form).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  )
}

type Signer = NonNullable<AssertionChange['signer']>

function signatureOf(
  input: string,
  own: TestKey,
  signer: Signer,
  signers: Readonly<Partial<Record<Signer, TestKey | undefined>>>,
): string {
  if (signer === 'nobody') return ''
  if (signer === 'public-as-secret') {
    return createHmac('sha256', JSON.stringify(own.jwk)).update(input).digest('base64url')
  }
  return signWith(signers[signer] ?? own, input)
}

function signWith({ algorithm, privateKey: key }: TestKey, input: string): string {
  const bytes = Buffer.from(input)
  if (algorithm === 'EdDSA') return sign(null, bytes, key).toString('base64url')
  const options =
    algorithm === 'ES256'
      ? { key, dsaEncoding: 'ieee-p1363' as const }
      : { key, ...(algorithm === 'PS256' ? { padding: 6, saltLength: 32 } : {}) }
  return sign('sha256', bytes, options).toString('base64url')
}

/** Makes a DPoP key, and a way to prove it at an endpoint. */
export async function testDpop(): Promise<
  (url: string, now: number, nonce?: string) => Promise<string>
> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk: JsonWebKey = privateKey.export({ format: 'jwk' })
  const key: SigningKey = await importSigningKey({ jwk: { ...jwk }, algorithm: 'ES256' })
  return async (url, now, nonce) =>
    dpopProof({ key, method: 'POST', url, now, ...(nonce === undefined ? {} : { nonce }) })
}

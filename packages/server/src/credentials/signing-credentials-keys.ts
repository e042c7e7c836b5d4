/** What signs requests: HMAC secrets that are derived and never stored, and public keys. */
import { createPublicKey, hkdfSync } from 'node:crypto'
import { ok, randomId, Secret, UnavailableError, type Result } from 'countersign'
import type { MasterSecrets } from '../context.ts'
import { thumbprint } from '../keys/thumbprint.ts'
import type { CredentialRecord } from '../model/records.ts'
import { invalid, type Refusal } from './refusal.ts'
import type { KeyMaterial } from './service-credentials.ts'

/**
 * What keeps these secrets apart from every other use of a pepper. A pepper is the *key* of an HMAC
 * over credential texts; here it is the keying *material* of HKDF, which HMAC only sees as a
 * message: neither output says anything about the other.
 */
const INFO = 'countersign signing credential'

/** The pepper that new HMAC secrets are derived from. */
export const newestVersion = ({ peppers }: MasterSecrets): number => Math.max(...peppers.keys())

/**
 * The HMAC secret of a credential: HKDF-SHA-256(master, credential id, version), as 43 characters of
 * base64url. The HMAC key on the wire is the UTF-8 of that text, for RFC 9421 as for SigV4.
 *
 * The master is the installation's pepper of that version: a ring of its own would be one more file
 * to mount, back up and rotate on the same days, guarding the same thing. As with digests, a version
 * is needed until the last credential under it was rotated.
 *
 * @throws `UnavailableError` when the installation no longer has the version.
 * @see [RFC 5869 §2](https://www.rfc-editor.org/rfc/rfc5869#section-2)
 */
export function deriveSigningSecret(
  { peppers }: MasterSecrets,
  { id, pepperVersion }: Pick<CredentialRecord, 'id' | 'pepperVersion'>,
): Secret {
  const pepper = peppers.get(pepperVersion)
  if (pepper === undefined) {
    throw new UnavailableError('credential', `credential ${id}: pepper ${pepperVersion} is missing`)
  }
  const master = Buffer.from(pepper.reveal(), 'base64url')
  const info = `${INFO}\u0000${pepperVersion}\u0000${id}`
  return new Secret(Buffer.from(hkdfSync('sha256', master, '', info, 32)).toString('base64url'))
}

/** A public key as it is stored. */
export type PublicKey = Pick<CredentialRecord, 'publicJwk' | 'digest' | 'algorithm'>

const ALGORITHMS = {
  'OKP Ed25519': { algorithm: 'ed25519', names: ['EdDSA', 'Ed25519'] },
  'EC P-256': { algorithm: 'ecdsa-p256-sha256', names: ['ES256'] },
} as const satisfies Record<
  string,
  { algorithm: CredentialRecord['algorithm']; names: readonly string[] }
>

/** Members of private and symmetric keys (RFC 7518 §6). */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']

/**
 * Reads the public key that a caller registers. Checks, in order: no private member, Ed25519 or
 * P-256, `use` and `alg` fit, and that the runtime takes it: a point that is not on its curve is
 * refused. Only the members that identify the key are kept, in their one spelling.
 *
 * @param jwk - From a caller that may make credentials; of any shape.
 */
export function readPublicKey(jwk: Readonly<Record<string, unknown>>): Result<PublicKey, Refusal> {
  if (PRIVATE_MEMBERS.some((member) => Object.hasOwn(jwk, member))) {
    return invalid(
      '/publicJwk',
      'This is a private key. Send its public half only, and consider the key leaked: make a new one.',
    )
  }
  const name = `${String(jwk['kty'])} ${String(jwk['crv'])}`
  // A name out of the input may be any property of an object: ask for our own.
  const known = Object.entries(ALGORITHMS).find(([key]) => key === name)?.[1]
  if (known === undefined) return invalid('/publicJwk', 'Send an Ed25519 or P-256 public JWK.')
  const { use = 'sig', alg = known.names[0] } = jwk
  if (use !== 'sig' || !known.names.some((fits) => fits === alg)) {
    return invalid('/publicJwk', `Send a key for signatures; alg is ${known.names.join(' or ')}.`)
  }
  const publicJwk = canonicalJwk(jwk)
  if (publicJwk === undefined) return invalid('/publicJwk', 'This is no point of the curve.')
  return ok({ publicJwk, digest: thumbprint(publicJwk), algorithm: known.algorithm })
}

function canonicalJwk({ kty, crv, x, y }: Readonly<Record<string, unknown>>): Jwk | undefined {
  try {
    // Whatever these are: Node checks a JWK itself, and throws.
    const key = createPublicKey({ key: { kty, crv, x, y } as Jwk, format: 'jwk' })
    // The export of a public key on these curves is texts only.
    return key.export({ format: 'jwk' }) as Jwk
  } catch {
    return undefined
  }
}

type Jwk = Record<string, string>

interface KeyContext {
  readonly secrets: MasterSecrets
}

/** The kinds of key that sign requests. */
export type SigningKind = 'hmac_key' | 'public_key'

/** A new id with the key that belongs to it. */
export function makeKeyMaterial(
  { secrets }: KeyContext,
  kind: SigningKind,
  publicJwk: Readonly<Record<string, unknown>> | undefined,
): Result<KeyMaterial, Refusal> {
  const id = randomId('sig')
  if (kind === 'hmac_key') {
    if (publicJwk !== undefined) return invalid('/publicJwk', 'An HMAC key has no public half.')
    return ok({ ...DERIVED, id, kind, environment: '', pepperVersion: newestVersion(secrets) })
  }
  if (publicJwk === undefined) return invalid('/publicJwk', 'Send the public half of the key.')
  const key = readPublicKey(publicJwk)
  return key.ok ? ok({ ...key.value, id, kind, environment: '', pepperVersion: 0 }) : key
}

/** The secret of an HMAC key; a public key has none. */
export const secretOf = (
  { secrets }: KeyContext,
  record: Pick<CredentialRecord, 'kind' | 'id' | 'pepperVersion'>,
): Secret | undefined =>
  record.kind === 'hmac_key' ? deriveSigningSecret(secrets, record) : undefined

const DERIVED = { digest: '', algorithm: 'hkdf-sha256', publicJwk: null } as const

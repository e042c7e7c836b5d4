import { err, ok, type Result } from '../../core/result.ts'
import type { Jwk } from '../../crypto/seam.ts'
import { isObject, parseJsonObject, type JsonObject } from '../../jose/json.ts'
import { readJwkSet, type PublishedKey } from '../../jose/jwk-set.ts'
import { jwkThumbprint } from '../../jose/thumbprint.ts'
import type { FetchedDocument } from '../../net/document.ts'
import { jwsNameOf, SIGNATURE_ALGORITHMS, signatureAlgorithmOf } from './algorithms.ts'
import { DIRECTORY_TYPE } from './directory-format.ts'
import type { AgentKey, AgentKeys } from './directory-key.ts'
import { provenKeys, type DirectoryReading } from './directory-proof.ts'

/** Why a directory is not believed, for the operator. */
export type DirectoryProblem = 'media-type' | 'not-json' | 'not-a-key-set' | 'unproven'

/** How a directory is read. */
export interface DirectoryRules {
  readonly maxKeys: number
  /** Keys are believed only if each signed the answer itself. */
  readonly proven: boolean
  /** Accept the published private keys of RFC 9421 appendix B. */
  readonly testKeys: boolean
}

/** The keys of RFC 9421 appendix B.1.2 and B.1.4: everybody has their private halves. */
const TEST_KEYS: ReadonlySet<string> = new Set([
  'oD0HwocPBSfpNy5W3bpJeyFGY_IQ_YpqxSjQ3Yd-CLA',
  'poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U',
])

/**
 * Reads the directory of an agent. Checks, in order: media type, JSON without repeated members, a key
 * set of at most `maxKeys`; for each key public, strong, its `kid` the thumbprint, no test key;
 * then that it signed this answer for this authority. A key that fails is left out; a directory
 * that proves none of the keys it has is not believed.
 *
 * @param document - From the network: any bytes.
 * @see draft-ietf-webbotauth-httpsig-protocol-00, "Key Distribution and Discovery"
 */
export async function readDirectory(
  document: FetchedDocument,
  reading: DirectoryReading,
  rules: DirectoryRules,
): Promise<Result<AgentKeys, DirectoryProblem>> {
  if (!isDirectoryType(document.header('content-type'))) return err('media-type')
  const json = parseJsonObject(document.body)
  if (!json.ok) return err('not-json')
  const { maxKeys } = rules
  const set = await readJwkSet(withJwsNames(json.value), {
    algorithm: jwsNameOf('rsa-pss-sha512'),
    maxKeys,
    known: [],
  })
  if (!set.ok) return err('not-a-key-set')
  const read = await Promise.all(set.value.keys.map((key) => agentKey(key, rules)))
  const published = new Map(read.flatMap((key) => (key === undefined ? [] : [[key.keyId, key]])))
  if (!rules.proven || published.size === 0) return ok(published)
  const proven = await provenKeys(document, published, reading)
  return proven.size === 0 ? err('unproven') : ok(proven)
}

function isDirectoryType([value, ...others]: readonly string[]): boolean {
  const [type = ''] = value?.split(';') ?? []
  return others.length === 0 && type.trim().toLowerCase() === DIRECTORY_TYPE
}

/** Directories name algorithms as RFC 9421 does; keys are imported by their names in JOSE. */
function withJwsNames(directory: JsonObject): unknown {
  const { keys } = directory
  if (!Array.isArray(keys)) return directory
  return { keys: keys.map((key: unknown) => (isObject(key) ? withJwsName(key) : key)) }
}

function withJwsName(jwk: Jwk): Jwk {
  const name = SIGNATURE_ALGORITHMS.find((algorithm) => algorithm === jwk['alg'])
  return name === undefined ? jwk : { ...jwk, alg: jwsNameOf(name) }
}

async function agentKey(
  { key, text }: PublishedKey,
  { testKeys }: DirectoryRules,
): Promise<AgentKey | undefined> {
  const jwk = JSON.parse(text) as Jwk // the text of a JWK that was imported
  const keyId = await jwkThumbprint(jwk)
  const algorithm = signatureAlgorithmOf(key.algorithm.identity)
  const { kid = keyId, nbf, exp } = jwk
  if (keyId === undefined || algorithm === undefined || kid !== keyId) return undefined
  if (!isTime(nbf) || !isTime(exp)) return undefined
  if (TEST_KEYS.has(keyId) && !testKeys) return undefined
  return { keyId, key, algorithm, notBefore: nbf, expiresAt: exp }
}

const isTime = (value: unknown): value is number | undefined =>
  value === undefined || (typeof value === 'number' && Number.isFinite(value))

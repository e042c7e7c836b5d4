/**
 * Signing as an automated client (Web Bot Auth): the agent's side, and the directory it serves its
 * keys from. Follows draft-ietf-webbotauth-httpsig-protocol-00.
 */
import { systemClock, type Clock } from '../../core/clock.ts'
import { assertConfig, ConfigError } from '../../core/errors.ts'
import type { Field } from '../../core/field.ts'
import { map, type MaybePromise } from '../../core/maybe.ts'
import type { Jwk } from '../../crypto/seam.ts'
import { importSigningKey } from '../../jose/keys.ts'
import { jwkThumbprint } from '../../jose/thumbprint.ts'
import { jwsNameOf, signatureAlgorithmOf } from './algorithms.ts'
import { DEFAULT_COMPONENTS } from './coverage.ts'
import {
  AGENT_ALGORITHMS,
  DIRECTORY_AUTHORITY,
  directoryRequest,
  DIRECTORY_TAG,
  DIRECTORY_TYPE,
} from './directory-format.ts'
import { SIGNATURE_BOUNDS } from './parameters.ts'
import {
  signRequest,
  signResponse,
  type RequestToSign,
  type SignatureKey,
  type SignOptions,
} from './sign.ts'
import { agentOrigin } from './web-bot-auth-agent.ts'
import { AGENT_FIELD, BOT_TAG } from './web-bot-auth-format.ts'

/** A key that signs for an agent, known by its thumbprint. */
export interface AgentSigningKey extends SignatureKey {
  /** What the directory publishes. */
  readonly publicJwk: Jwk
}

/**
 * Imports the private key of an agent: Ed25519, P-256, P-384, or RSA for PSS with SHA-512.
 *
 * @throws {@link ConfigError} for a key that is not exactly right; on WebCrypto by rejection.
 */
export function importAgentKey(jwk: Jwk): MaybePromise<AgentSigningKey> {
  const algorithm = jwk['kty'] === 'RSA' ? { algorithm: jwsNameOf('rsa-pss-sha512') } : {}
  return map(importSigningKey({ jwk, ...algorithm }), ({ signer, algorithm: { identity } }) =>
    map(jwkThumbprint(jwk), (keyId) => {
      const name = signatureAlgorithmOf(identity)
      const found = AGENT_ALGORITHMS.find((own) => own === name)
      if (found === undefined || keyId === undefined)
        throw new ConfigError('CS_CONFIG_KEY_INVALID', 'the key is of no algorithm for agents')
      const publicJwk = publicPartOf(jwk, keyId)
      return Object.freeze({ keyId, algorithm: found, signer, publicJwk })
    }),
  )
}

/** The members of the thumbprint, its name, and nothing else that the file of the key may hold. */
const publicPartOf = (jwk: Jwk, kid: string): Jwk => {
  const members = ['kty', 'crv', 'x', 'y', 'n', 'e'].filter((name) => jwk[name] !== undefined)
  const parts = Object.fromEntries(members.map((name) => [name, jwk[name]]))
  return Object.freeze({ ...parts, kid, use: 'sig' })
}

/** Who signs, beside what {@link SignOptions} say. */
export interface AgentSignOptions extends Omit<SignOptions, 'key' | 'tag'> {
  readonly key: SignatureKey
  /** The origin that serves the directory: `https://agent.example`. */
  readonly agent: string
}

/**
 * Signs a request as an agent: what {@link signRequest} covers, and the member of `Signature-Agent`.
 *
 * @returns the fields to add: `signature-agent` and those of {@link signRequest}.
 * @throws {@link ConfigError} for an agent that is no origin, or a component that is not there.
 */
export function signAgentRequest(
  request: RequestToSign,
  { agent, ...options }: AgentSignOptions,
): MaybePromise<readonly Field[]> {
  const { label = 'sig1', expiresInSeconds = 60, components = DEFAULT_COMPONENTS } = options
  const { headers = [], body } = request
  const field: Field = [AGENT_FIELD, `${label}="${originOf(agent)}"`]
  const bound = body !== undefined && body.length > 0
  const covered = [
    ...components,
    `${AGENT_FIELD};key="${label}"`,
    ...(bound && !components.includes('content-digest') ? ['content-digest'] : []),
  ]
  const settings = { ...options, label, expiresInSeconds, components: covered, tag: BOT_TAG }
  return map(signRequest({ ...request, headers: [...headers, field] }, settings), (fields) => [
    field,
    ...fields,
  ])
}

function originOf(agent: string): string {
  const found = agentOrigin(agent)
  assertConfig(
    found.ok,
    'CS_CONFIG_BOT_AGENT',
    `"${agent}" is no origin of an agent; write https://agent.example`,
  )
  return found.value
}

/** What an agent publishes, and where. */
export interface AgentDirectoryOptions {
  /** The origin that it is served at: `https://agent.example`. What callers say in `Host` counts for nothing. */
  readonly agent: string
  /** At most four: for a rotation the new one beside the old one. */
  readonly keys: readonly AgentSigningKey[]
  /** Seconds that others may keep the answer. @defaultValue 3600 */
  readonly maxAgeSeconds?: number
  /** Seconds until the proofs in it expire. @defaultValue 86400 */
  readonly expiresInSeconds?: number
  /** @defaultValue the system clock */
  readonly clock?: Clock
}

/**
 * Makes the handler of an agent's directory, for `GET` of `/.well-known/http-message-signatures-directory`. Every key signs the
 * answer, for this origin alone.
 *
 * @throws {@link ConfigError} for no key, more than four, or an agent that is no origin.
 */
export function agentDirectory(options: AgentDirectoryOptions): () => Promise<Response> {
  const { keys, maxAgeSeconds = 3600, expiresInSeconds = 86_400, clock = systemClock } = options
  const origin = originOf(options.agent)
  assertConfig(
    keys.length > 0 && keys.length <= SIGNATURE_BOUNDS.labels,
    'CS_CONFIG_BOT_KEYS',
    `agentDirectory: give one to ${SIGNATURE_BOUNDS.labels} keys`,
  )
  const body = JSON.stringify({ keys: keys.map(({ publicJwk }) => publicJwk) })
  const request = directoryRequest(new URL(origin).host)
  return async () => {
    const headers = new Headers({
      'content-type': DIRECTORY_TYPE,
      'cache-control': `max-age=${maxAgeSeconds}`,
    })
    for (const [index, key] of keys.entries()) {
      const settings = { key, label: `sig${index + 1}`, tag: DIRECTORY_TAG, nonce: false } as const
      const components = [DIRECTORY_AUTHORITY, 'content-digest']
      // The digest that the first signature made is covered by the others.
      const message = { status: 200, headers: headers.entries(), body, request }
      const times = { expiresInSeconds, clock }
      const fields = await signResponse(message, { ...settings, ...times, components })
      for (const [name, value] of fields) headers.append(name, value)
    }
    return new Response(body, { headers })
  }
}

export { DIRECTORY_PATH } from './directory-format.ts'

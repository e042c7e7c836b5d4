/** Signing requests and responses: the caller's side, and the server's for its answers. */
import {
  serializeDictionary,
  serializeInnerList,
  type BareItem,
  type InnerList,
  type Item,
} from 'structured-headers'
import { decodeBytes } from '#crypto'
import { systemClock, toSeconds, type Clock } from '../../core/clock.ts'
import { ConfigError } from '../../core/errors.ts'
import { map, type MaybePromise } from '../../core/maybe.ts'
import { randomBase62 } from '../../core/random.ts'
import type { Field } from '../../core/field.ts'
import type { SignatureMaker } from '../../crypto/seam.ts'
import { importSigningKey, type KeyInput } from '../../jose/keys.ts'
import { signatureBase } from './base.ts'
import { jwsNameOf, type SignatureAlgorithm } from './algorithms.ts'
import { parseComponent, type Component } from './component.ts'
import { DEFAULT_COMPONENTS } from './coverage.ts'
import { contentDigest } from './digest.ts'
import { FIELD_TYPES, type FieldType } from './fields.ts'
import { fieldLookup, type SignedMessage, type SignedRequest } from './message.ts'

/** A key that signs, with the name it is registered under. */
export interface SignatureKey {
  readonly keyId: string
  readonly algorithm: SignatureAlgorithm
  readonly signer: SignatureMaker
}

/** Each member of a union without these keys; `Omit` would keep what all have in common. */
type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

/** A key as configuration holds it: a private JWK or PEM, or a shared secret. */
export type SignatureKeyInput = Without<KeyInput, 'algorithm' | 'kid'> & {
  readonly keyId: string
  readonly algorithm: SignatureAlgorithm
}

/**
 * Imports a key that signs.
 *
 * @throws {@link ConfigError} for a key that is not exactly right; on WebCrypto by rejection.
 */
export function importSignatureKey(input: SignatureKeyInput): MaybePromise<SignatureKey> {
  const { keyId, algorithm } = input
  // The three forms of a KeyInput all take these two, and the rest is the form that was given.
  const key = { ...input, algorithm: jwsNameOf(algorithm), kid: keyId } as unknown as KeyInput
  return map(importSigningKey(key), ({ signer }) => Object.freeze({ keyId, algorithm, signer }))
}

/** What is signed beside the message. */
export interface SignOptions {
  readonly key: SignatureKey
  /** @defaultValue `@method`, `@authority`, `@path`, `@query`; for a response `@status`; and `content-digest` with `content-type` where there is a body */
  readonly components?: readonly string[]
  /** @defaultValue `sig1` */
  readonly label?: string
  /** Seconds until the signature says it expires. @defaultValue none: the verifier has its own age */
  readonly expiresInSeconds?: number
  /** @defaultValue a random one, anew for every signature; `false` leaves it out */
  readonly nonce?: string | false
  readonly tag?: string
  /** Names the algorithm in the signature. Verifiers go by the key. @defaultValue false */
  readonly nameAlgorithm?: boolean
  /** @defaultValue the system clock */
  readonly clock?: Clock
  /** Types of structured fields, for `sf` and `key`. */
  readonly fieldTypes?: Readonly<Record<string, FieldType>>
}

/** A request to sign. */
export interface RequestToSign {
  readonly method: string
  readonly url: string | URL
  /** Every field that is covered, as it will be sent. */
  readonly headers?: Iterable<readonly [name: string, value: string]>
  /** The bytes as they will be sent. A text stands for its UTF-8 bytes. */
  readonly body?: Uint8Array | string | undefined
}

/** A response to sign. */
export interface ResponseToSign {
  readonly status: number
  readonly headers?: Iterable<readonly [name: string, value: string]>
  readonly body?: Uint8Array | string | undefined
  /** What it answers, for components with `req`: `@method;req`. */
  readonly request?: SignedRequest
}

/**
 * Signs a request. The body is bound by a Content-Digest that is made here, unless the headers hold
 * one. Sign every attempt anew: a retry with the same signature is a replay.
 *
 * @returns the fields to add: `content-digest` (with a body), `signature-input`, `signature`.
 * @throws {@link ConfigError} for a component that the request does not have.
 *
 * @example
 * ```ts
 * const fields = await signRequest({ method: 'POST', url, headers, body }, { key })
 * await fetch(url, { method: 'POST', headers: [...headers, ...fields], body })
 * ```
 * @see [RFC 9421 §3.1](https://www.rfc-editor.org/rfc/rfc9421#section-3.1)
 */
export function signRequest(
  { method, url, headers = [], body }: RequestToSign,
  options: SignOptions,
): MaybePromise<readonly Field[]> {
  const { protocol, host, pathname, search } = new URL(url)
  const parts = {
    method,
    scheme: protocol === 'http:' ? 'http' : 'https',
    authority: host,
    target: pathname + search,
  } as const
  const toMessage = (pairs: readonly Field[]): SignedMessage => ({ ...parts, ...lookups(pairs) })
  return signParts({ headers, body, toMessage, components: DEFAULT_COMPONENTS }, options)
}

/**
 * Signs a response, like {@link signRequest}. The default covers `@status` and the body; add
 * `@method;req`, `@path;req`, … so that an answer to one request cannot stand for another.
 *
 * @returns the fields to add.
 * @throws {@link ConfigError} for a component that the response does not have.
 * @see [RFC 9421 §2.4](https://www.rfc-editor.org/rfc/rfc9421#section-2.4) request and response
 */
export function signResponse(
  { status, headers = [], body, request }: ResponseToSign,
  options: SignOptions,
): MaybePromise<readonly Field[]> {
  const asked = request === undefined ? {} : { request }
  const toMessage = (pairs: readonly Field[]): SignedMessage => ({
    status,
    ...asked,
    ...lookups(pairs),
  })
  return signParts({ headers, body, toMessage, components: ['@status'] }, options)
}

const lookups = (
  pairs: readonly Field[],
): Record<'header' | 'trailer', (name: string) => readonly string[]> => ({
  header: fieldLookup(pairs),
  trailer: () => [],
})

/** A message whose digest is not made yet. */
interface Parts {
  readonly headers: Iterable<readonly [name: string, value: string]>
  readonly body: Uint8Array | string | undefined
  readonly toMessage: (pairs: readonly Field[]) => SignedMessage
  readonly components: readonly string[]
}

function signParts(
  { headers, body, toMessage, components }: Parts,
  options: SignOptions,
): MaybePromise<readonly Field[]> {
  const given = [...headers]
  const names = new Set(given.map(([name]) => name.toLowerCase()))
  const bound = body !== undefined && body.length > 0
  return map(bound && !names.has('content-digest') ? contentDigest(body) : undefined, (digest) => {
    const added: readonly Field[] = digest === undefined ? [] : [['content-digest', digest]]
    const covered = options.components ?? [
      ...components,
      ...(bound ? ['content-digest'] : []),
      ...(bound && names.has('content-type') ? ['content-type'] : []),
    ]
    const message = toMessage([...given, ...added])
    return map(signMessage(message, covered, options), (fields) => [...added, ...fields])
  })
}

function signMessage(
  message: SignedMessage,
  covered: readonly string[],
  options: SignOptions,
): MaybePromise<readonly Field[]> {
  const { label = 'sig1', fieldTypes } = options
  const components = covered.map(componentNamed)
  const input: InnerList = [components.map(toItem), parametersOf(options)]
  const context = { fieldTypes: { ...FIELD_TYPES, ...fieldTypes }, trailers: false }
  const base = signatureBase(message, { components, input: serializeInnerList(input) }, context)
  if (!base.ok) {
    const { component, problem } = base.error
    throw new ConfigError('CS_CONFIG_SIGNATURE_COMPONENT', `cannot sign ${component}: ${problem}`)
  }
  return map(options.key.signer.sign(base.value), (signature) => {
    const bytes = decodeBytes(signature) ?? new Uint8Array()
    return [
      ['signature-input', serializeDictionary(new Map([[label, input]]))],
      ['signature', serializeDictionary(new Map([[label, [bytes, new Map()] satisfies Item]]))],
    ]
  })
}

function componentNamed(text: string): Component {
  const component = parseComponent(text)
  if (component !== undefined) return component
  throw new ConfigError('CS_CONFIG_SIGNATURE_COMPONENT', `"${text}" is no component`)
}

/** Components were read by the parser: their parameters are what it makes. */
const toItem = ({ name, parameters }: Component): Item => [
  name,
  new Map(parameters as ReadonlyMap<string, BareItem>), // see above
]

function parametersOf(options: SignOptions): Map<string, BareItem> {
  const { key, nonce = randomBase62(22), tag, expiresInSeconds, clock = systemClock } = options
  const created = toSeconds(clock())
  const parameters = new Map<string, BareItem>([['created', created]])
  if (expiresInSeconds !== undefined) parameters.set('expires', created + expiresInSeconds)
  parameters.set('keyid', key.keyId)
  if (options.nameAlgorithm === true) parameters.set('alg', key.algorithm)
  if (nonce !== false) parameters.set('nonce', nonce)
  if (tag !== undefined) parameters.set('tag', tag)
  return parameters
}

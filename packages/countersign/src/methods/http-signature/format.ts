import { encodeBytes } from '#crypto'
import type { Dictionary, InnerList } from 'structured-headers'
import { err, ok, type Result } from '../../core/result.ts'
import type { SignatureInput } from './base.ts'
import { toComponent, type Component } from './component.ts'
import { readDictionary } from './fields.ts'

/** The bounds of what is parsed; beyond them nothing is looked at. */
export const SIGNATURE_BOUNDS: {
  readonly fieldBytes: number
  readonly labels: number
  readonly components: number
  readonly parameterCharacters: number
} = Object.freeze({
  /** Signature-Input and Signature together. */
  fieldBytes: 8192,
  /** Signatures on one message: each costs at most one verification. */
  labels: 4,
  /** Covered components of one signature. */
  components: 32,
  /** Of keyid, nonce, alg and tag. */
  parameterCharacters: 256,
})

/** The parameters of a signature (RFC 9421 §2.3). Times are seconds since the epoch. */
export interface SignatureParameters {
  readonly created?: number
  readonly expires?: number
  readonly nonce?: string
  readonly alg?: string
  readonly keyId?: string
  readonly tag?: string
}

/** One signature of a message, read and not yet trusted in any way. */
export interface UnverifiedSignature extends SignatureInput {
  readonly label: string
  readonly parameters: SignatureParameters
  /** Base64url. */
  readonly signature: string
}

/** Why the signatures of a message cannot be read. */
export type SignatureFormatError = 'http-signature.too-large' | 'http-signature.malformed'

/**
 * Reads the signatures of a message. Checks, in order: size, two dictionaries without repeated
 * labels, number of labels, at least one readable signature under a label of both. A label whose
 * signature cannot be read is left out: who adds one to a good message must not break it (SR-104).
 *
 * @param inputs - Values of `Signature-Input`. Attacker-controlled.
 * @param signatures - Values of `Signature`. Attacker-controlled.
 * @see [RFC 9421 §4](https://www.rfc-editor.org/rfc/rfc9421#section-4)
 */
export function parseSignatures(
  inputs: readonly string[],
  signatures: readonly string[],
): Result<readonly UnverifiedSignature[], SignatureFormatError> {
  const size = [...inputs, ...signatures].reduce((sum, value) => sum + value.length, 0)
  if (size > SIGNATURE_BOUNDS.fieldBytes) return err('http-signature.too-large')
  const inputByLabel = readDictionary(inputs)
  const signatureByLabel = readDictionary(signatures)
  if (inputByLabel === undefined || signatureByLabel === undefined)
    return err('http-signature.malformed')
  if (inputByLabel.size > SIGNATURE_BOUNDS.labels) return err('http-signature.too-large')
  const found = [...inputByLabel.keys()].flatMap(
    (label) => readSignature(label, inputByLabel, signatureByLabel) ?? [],
  )
  return found.length === 0 ? err('http-signature.malformed') : ok(found)
}

function readSignature(
  label: string,
  inputs: Dictionary,
  signatures: Dictionary,
): UnverifiedSignature | undefined {
  const [bytes] = signatures.get(label) ?? []
  const member = inputs.get(label)
  if (member === undefined || !(bytes instanceof ArrayBuffer)) return undefined
  const [items, extension] = member
  if (!Array.isArray(items)) return undefined
  const input: InnerList = [items, extension]
  const components = readComponents(input)
  const parameters = readParameters(extension)
  if (components === undefined || parameters === undefined) return undefined
  const signature = encodeBytes(new Uint8Array(bytes))
  return { label, components, parameters, input, signature }
}

function readComponents([items]: InnerList): readonly Component[] | undefined {
  if (items.length > SIGNATURE_BOUNDS.components) return undefined
  const components = items.flatMap((item) => toComponent(item) ?? [])
  return components.length === items.length ? components : undefined
}

/** Undefined when a parameter that RFC 9421 defines has another type than it defines. */
function readParameters(parameters: ReadonlyMap<string, unknown>): SignatureParameters | undefined {
  const created = parameters.get('created')
  const expires = parameters.get('expires')
  if (!isTime(created) || !isTime(expires)) return undefined
  const [nonce, alg, keyId, tag] = ['nonce', 'alg', 'keyid', 'tag'].map((name) =>
    parameters.get(name),
  )
  if (!isText(nonce) || !isText(alg) || !isText(keyId) || !isText(tag)) return undefined
  return {
    ...(created === undefined ? {} : { created }),
    ...(expires === undefined ? {} : { expires }),
    ...(nonce === undefined ? {} : { nonce }),
    ...(alg === undefined ? {} : { alg }),
    ...(keyId === undefined ? {} : { keyId }),
    ...(tag === undefined ? {} : { tag }),
  }
}

const isTime = (value: unknown): value is number | undefined =>
  value === undefined || (Number.isInteger(value) && Number(value) >= 0)

const isText = (value: unknown): value is string | undefined =>
  value === undefined ||
  (typeof value === 'string' && value.length <= SIGNATURE_BOUNDS.parameterCharacters)

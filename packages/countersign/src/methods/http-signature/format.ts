import { encodeBytes } from '#crypto'
import { serializeInnerList, type Dictionary, type InnerList } from 'structured-headers'
import { err, ok, type Result } from '../../core/result.ts'
import type { SignatureInput } from './base.ts'
import { toComponent, type Component } from './component.ts'
import { readDictionary, readSoleBytes } from './fields.ts'
import { readParameters, SIGNATURE_BOUNDS, type SignatureParameters } from './parameters.ts'
import { readPlain } from './plain-input.ts'

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
  if (lengthOf(inputs) + lengthOf(signatures) > SIGNATURE_BOUNDS.fieldBytes)
    return err('http-signature.too-large')
  const plain = readPlain(inputs)
  const sole = readSoleBytes(signatures)
  if (plain === undefined || plain.label !== sole?.key) return parseDictionaries(inputs, signatures)
  const { label, components, parameters, input } = plain
  return ok([{ label, components, parameters, input, signature: toBase64url(sole.base64) }])
}

const lengthOf = (values: readonly string[]): number =>
  values.reduce((sum, { length }) => sum + length, 0)

function toBase64url(base64: string): string {
  const end = base64.indexOf('=')
  const bare = end < 0 ? base64 : base64.slice(0, end)
  return bare.replaceAll('+', '-').replaceAll('/', '_')
}

function parseDictionaries(
  inputs: readonly string[],
  signatures: readonly string[],
): Result<readonly UnverifiedSignature[], SignatureFormatError> {
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
  const signature = bytesOf(signatures, label)
  const member = inputs.get(label)
  if (member === undefined || signature === undefined) return undefined
  const [items, extension] = member
  if (!Array.isArray(items)) return undefined
  const input: InnerList = [items, extension]
  const components = readComponents(input)
  const parameters = readParameters(extension)
  if (components === undefined || parameters === undefined) return undefined
  return { label, components, parameters, input: serializeInnerList(input), signature }
}

function bytesOf(signatures: Dictionary, label: string): string | undefined {
  const [bytes] = signatures.get(label) ?? []
  return bytes instanceof ArrayBuffer ? encodeBytes(new Uint8Array(bytes)) : undefined
}

function readComponents([items]: InnerList): readonly Component[] | undefined {
  if (items.length > SIGNATURE_BOUNDS.components) return undefined
  const components = items.flatMap((item) => toComponent(item) ?? [])
  return components.length === items.length ? components : undefined
}

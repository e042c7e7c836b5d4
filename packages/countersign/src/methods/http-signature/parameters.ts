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
  readonly created: number | undefined
  readonly expires: number | undefined
  readonly nonce: string | undefined
  readonly alg: string | undefined
  readonly keyId: string | undefined
  readonly tag: string | undefined
}

/** None of them. */
export const noParameters = (): SignatureParameters => ({
  created: undefined,
  expires: undefined,
  nonce: undefined,
  alg: undefined,
  keyId: undefined,
  tag: undefined,
})

/** The parameters; undefined when one that RFC 9421 defines has another type than it defines. */
export function readParameters(
  parameters: ReadonlyMap<string, unknown>,
): SignatureParameters | undefined {
  const created = parameters.get('created')
  const expires = parameters.get('expires')
  if (!isTime(created) || !isTime(expires)) return undefined
  const nonce = parameters.get('nonce')
  const alg = parameters.get('alg')
  const keyId = parameters.get('keyid')
  const tag = parameters.get('tag')
  if (!isText(nonce) || !isText(alg) || !isText(keyId) || !isText(tag)) return undefined
  return { created, expires, nonce, alg, keyId, tag }
}

const isTime = (value: unknown): value is number | undefined =>
  value === undefined || (Number.isInteger(value) && Number(value) >= 0)

const isText = (value: unknown): value is string | undefined =>
  value === undefined ||
  (typeof value === 'string' && value.length <= SIGNATURE_BOUNDS.parameterCharacters)

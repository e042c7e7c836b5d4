/**
 * ECDSA signatures between JWS (`r || s`, RFC 7518 §3.4) and DER, which is what OpenSSL speaks.
 * Asking Node to convert (`dsaEncoding`) wraps the key in an options object: half as slow again.
 */

const SEQUENCE = 0x30
const INTEGER = 0x02
const LONG_LENGTH = 0x81

/** What both directions need of a curve. */
export interface Group {
  /** Bytes of `r` and of `s`. */
  readonly bytes: number
  /** The order, big-endian, `bytes` long. */
  readonly order: Uint8Array
}

/** Reads a group order from hexadecimal. */
export function groupOf(order: string): Group {
  const bytes = order.length / 2
  const value = Uint8Array.from({ length: bytes }, (_, index) =>
    Number.parseInt(order.slice(2 * index, 2 * index + 2), 16),
  )
  return { bytes, order: value }
}

/**
 * Reports whether `r` and `s` both lie in 1 … order − 1. The zero signature passed whole libraries
 * once ("psychic signatures", CVE-2022-21449); here it never reaches one.
 */
export function isInRange(signature: Uint8Array, { bytes, order }: Group): boolean {
  if (signature.length !== 2 * bytes) return false
  return isScalar(signature, 0, order) && isScalar(signature, bytes, order)
}

function isScalar(signature: Uint8Array, offset: number, order: Uint8Array): boolean {
  let nonZero = 0
  let comparison = 0
  for (let index = 0; index < order.length; index += 1) {
    const byte = signature[offset + index] ?? 0
    nonZero |= byte
    if (comparison === 0) comparison = byte - (order[index] ?? 0)
  }
  return nonZero !== 0 && comparison < 0
}

/** Converts `r || s` to DER. */
export function toDer(signature: Uint8Array, bytes: number): Uint8Array {
  const r = trimmed(signature, 0, bytes)
  const s = trimmed(signature, bytes, bytes)
  const length = r.length + s.length + 4
  const head = length > 127 ? [SEQUENCE, LONG_LENGTH, length] : [SEQUENCE, length]
  const der = new Uint8Array(head.length + length)
  der.set(head)
  let at = head.length
  for (const { from, length: size, padded } of [r, s]) {
    der[at] = INTEGER
    der[at + 1] = size
    der.set(signature.subarray(from, from + size - padded), at + 2 + padded)
    at += 2 + size
  }
  return der
}

/** Where an unsigned integer starts, and whether DER needs a zero so that it is not negative. */
function trimmed(
  signature: Uint8Array,
  offset: number,
  bytes: number,
): { readonly from: number; readonly length: number; readonly padded: number } {
  let from = offset
  while (from < offset + bytes - 1 && signature[from] === 0) from += 1
  const padded = ((signature[from] ?? 0) & 0x80) === 0 ? 0 : 1
  return { from, length: offset + bytes - from + padded, padded }
}

/** Converts DER, as the runtime made it, to `r || s`. */
export function fromDer(der: Uint8Array, bytes: number): Uint8Array {
  const signature = new Uint8Array(2 * bytes)
  let at = der[1] === LONG_LENGTH ? 3 : 2
  for (const end of [bytes, 2 * bytes]) {
    const size = der[at + 1] ?? 0
    const value = der.subarray(at + 2, at + 2 + size)
    const digits = value[0] === 0 ? value.subarray(1) : value
    signature.set(digits, end - digits.length)
    at += 2 + size
  }
  return signature
}

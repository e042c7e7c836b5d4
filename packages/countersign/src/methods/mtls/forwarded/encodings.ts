import { decodeBytes } from '#crypto'

/**
 * The encodings that proxies write certificates in. All strict: a value that two readers could take
 * for two certificates is none. Inputs are attacker-controlled wherever a proxy forgets to remove
 * what clients send. Nothing throws.
 */

/** A certificate of 64 KiB as percent-encoded PEM. Longer values are not looked at. */
export const MAX_FIELD_LENGTH = 131_072

/** Certificates beside the leaf. The path has a bound of its own, below this. */
export const MAX_CHAIN = 10

/** Decodes Base64 of RFC 4648 §4, with its padding; undefined unless it is the canonical text. */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (text.length === 0 || text.length % 4 !== 0) return undefined
  if (text.length > MAX_FIELD_LENGTH || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined
  const unpadded = text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
  return decodeBytes(unpadded)
}

/** Decodes percent-encoding. A `+` stays one: it is a digit of Base64, and no proxy means a space. */
export function decodePercent(text: string): string | undefined {
  if (text.length > MAX_FIELD_LENGTH) return undefined
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

const BLOCK =
  /^-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=\n]+)\n-----END CERTIFICATE-----(?:\n+|$)/

/**
 * Decodes PEM that holds certificates, leaf first, and nothing else: no text around the blocks
 * (RFC 7468 §2 allows it, and every reader treats it differently).
 */
export function decodePem(text: string): readonly Uint8Array[] | undefined {
  const certificates: Uint8Array[] = []
  let rest = text.replaceAll('\r\n', '\n')
  while (rest !== '') {
    const match = BLOCK.exec(rest)
    const der = match?.[1] === undefined ? undefined : decodeBase64(match[1].replaceAll('\n', ''))
    if (match === null || der === undefined || certificates.length > MAX_CHAIN) return undefined
    certificates.push(der)
    rest = rest.slice(match[0].length)
  }
  return certificates.length === 0 ? undefined : certificates
}

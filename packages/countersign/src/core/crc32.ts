/** The reflected polynomial of IEEE 802.3, as in zlib, PNG and GitHub's tokens. */
const POLYNOMIAL = 0xedb88320

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte
  for (let bit = 0; bit < 8; bit += 1) {
    remainder = (remainder & 1) === 0 ? remainder >>> 1 : (remainder >>> 1) ^ POLYNOMIAL
  }
  return remainder
})

/**
 * CRC-32 (ISO-HDLC) of the first `length` characters of an ASCII text, as an unsigned number.
 *
 * It finds typing mistakes, not forgeries: anybody can compute it.
 */
export function crc32(text: string, length: number = text.length): number {
  let crc = 0xffffffff
  for (let index = 0; index < length; index += 1) {
    crc = (TABLE[(crc ^ text.charCodeAt(index)) & 0xff] ?? 0) ^ (crc >>> 8)
  }
  return (crc ^ 0xffffffff) >>> 0
}

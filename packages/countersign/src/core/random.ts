const POOL_BYTES = 4096
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** Bytes at or above this would favour the first letters of the alphabet; they are thrown away. */
const UNBIASED = 248

const pool = new Uint8Array(POOL_BYTES)
let used = POOL_BYTES

function nextByte(): number {
  // One call fills the pool: a call per id would cost ten times the id itself.
  if (used === POOL_BYTES) {
    crypto.getRandomValues(pool)
    used = 0
  }
  const byte = pool[used] ?? 0
  pool[used] = 0
  used += 1
  return byte
}

/**
 * Makes a random base62 string from the runtime's cryptographic generator, without modulo bias.
 *
 * @param length - Characters; each carries 5.95 bits, so 22 give 131 bits and 43 give 256.
 */
export function randomBase62(length: number): string {
  let text = ''
  while (text.length < length) {
    const byte = nextByte()
    if (byte < UNBIASED) text += BASE62.charAt(byte % 62)
  }
  return text
}

/** Makes an identifier with a readable kind: `dec_4x0…`. Unique, not secret, 131 bits. */
export const randomId = (kind: string): string => `${kind}_${randomBase62(22)}`

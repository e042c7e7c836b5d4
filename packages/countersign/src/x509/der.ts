/**
 * Reports whether bytes are one DER value and nothing else. The parser behind us reads BER, which has
 * many encodings for one value; a signature covers bytes, so two readings of the same bytes is how
 * certificates were forged (CVE-2025-12816, CVE-2025-66030). This walk runs before the parser and
 * leaves it one encoding: minimal definite lengths, minimal integers, two booleans, no unused bits,
 * sorted sets, dates in one form, strings of their own alphabet.
 *
 * @param bytes - Attacker-controlled; nesting and the number of values are bounded. Never throws.
 * @param maxValues - How many values may be nested inside. Default: 20,000.
 * @see [X.690 §10](https://www.itu.int/rec/T-REC-X.690) restrictions of DER
 */
export function isDer(bytes: Uint8Array, maxValues = MAX_VALUES): boolean {
  const walk: Walk = { bytes, left: maxValues }
  return valueAt(walk, { from: 0, end: bytes.length, depth: 0 }) === bytes.length
}

const MAX_VALUES = 20_000
const MAX_DEPTH = 24

interface Walk {
  readonly bytes: Uint8Array
  left: number
}

interface Span {
  readonly from: number
  readonly end: number
  readonly depth: number
}

/** Walks one value; answers where it ends, or undefined. */
function valueAt(walk: Walk, { from, end, depth }: Span): number | undefined {
  walk.left -= 1
  if (walk.left < 0 || depth > MAX_DEPTH || from + 2 > end) return undefined
  const tag = walk.bytes[from] ?? 0
  // X.509 has no tag above 30, which would take the long form.
  if ((tag & 0x1f) === 0x1f) return undefined
  const header = lengthAt(walk.bytes, from + 1)
  if (header === undefined) return undefined
  const until = header.from + header.length
  if (until > end) return undefined
  const content = { from: header.from, end: until, depth: depth + 1 }
  const good = (tag & 0x20) === 0 ? primitive(walk, tag, content) : constructed(walk, tag, content)
  return good ? until : undefined
}

interface Length {
  readonly from: number
  readonly length: number
}

function lengthAt(bytes: Uint8Array, at: number): Length | undefined {
  const first = bytes[at] ?? 0
  if (first < 0x80) return { from: at + 1, length: first }
  const count = first & 0x7f
  // 0x80 is the indefinite form of BER.
  if (count === 0 || count > 4) return undefined
  let length = 0
  for (let index = 1; index <= count; index += 1) length = length * 256 + (bytes[at + index] ?? 0)
  const minimal = length >= 0x80 && (bytes[at + 1] ?? 0) !== 0
  return minimal ? { from: at + 1 + count, length } : undefined
}

const SEQUENCE = 0x30
const SET = 0x31

function constructed(walk: Walk, tag: number, { from, end, depth }: Span): boolean {
  // Of the universal types only these two are constructed in DER: no string in pieces.
  if (tag < 0x40 && tag !== SEQUENCE && tag !== SET) return false
  let at = from
  let before: Uint8Array | undefined
  while (at < end) {
    const next = valueAt(walk, { from: at, end, depth })
    if (next === undefined) return false
    const value = walk.bytes.subarray(at, next)
    if (tag === SET && before !== undefined && compare(before, value) >= 0) return false
    before = value
    at = next
  }
  return true
}

/** The order of encodings in a SET OF (X.690 §11.6). */
function compare(left: Uint8Array, right: Uint8Array): number {
  const shared = Math.min(left.length, right.length)
  for (let index = 0; index < shared; index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

type Check = (content: Uint8Array) => boolean

const ascii = new TextDecoder('latin1')
const utf8 = new TextDecoder('utf-8', { fatal: true })
const isText =
  (pattern: RegExp): Check =>
  (content) =>
    pattern.test(ascii.decode(content))

const isInteger: Check = (content) => {
  const [first, second] = content
  if (first === undefined) return false
  if (second === undefined) return true
  return !(first === 0 && second < 0x80) && !(first === 0xff && second >= 0x80)
}

const isBitString: Check = (content) => {
  const unused = content[0]
  if (unused === undefined || unused > 7) return false
  if (content.length === 1) return unused === 0
  return ((content[content.length - 1] ?? 0) & ((1 << unused) - 1)) === 0
}

const isObjectIdentifier: Check = (content) =>
  content.length > 0 &&
  content.length <= 64 &&
  (content[content.length - 1] ?? 0) < 0x80 &&
  // No arc starts with padding.
  content.every((byte, index) => byte !== 0x80 || (content[index - 1] ?? 0) >= 0x80)

const isUtf8: Check = (content) => {
  try {
    return utf8.decode(content).length >= 0
  } catch {
    return false
  }
}

/** The universal types of X.509, by tag. A type that is not here appears in no certificate. */
const PRIMITIVES: Readonly<Record<number, Check>> = {
  0x01: (content) => content.length === 1 && (content[0] === 0 || content[0] === 0xff),
  0x02: isInteger,
  0x03: isBitString,
  0x04: () => true,
  0x05: (content) => content.length === 0,
  0x06: isObjectIdentifier,
  0x0a: isInteger,
  0x0c: isUtf8,
  0x12: isText(/^[0-9 ]*$/),
  0x13: isText(/^[A-Za-z0-9 '()+,\-./:=?]*$/),
  0x14: () => true,
  0x16: (content) => content.every((byte) => byte < 0x80),
  0x17: isText(/^\d{10}(?:[0-5]\d)Z$/),
  0x18: isText(/^\d{12}(?:[0-5]\d)Z$/),
  0x1a: isText(/^[\x20-\x7e]*$/),
  0x1c: (content) => content.length % 4 === 0,
  0x1e: (content) => content.length % 2 === 0,
}

function primitive(walk: Walk, tag: number, { from, end }: Span): boolean {
  // A context tag replaces the type; what it must be is known to the schema only.
  if (tag >= 0x40) return true
  return PRIMITIVES[tag]?.(walk.bytes.subarray(from, end)) ?? false
}

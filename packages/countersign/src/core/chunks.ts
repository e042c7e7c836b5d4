/**
 * Reads what comes in chunks, whole, up to a bound that no announcement of a length can lift
 * (SR-503).
 *
 * @returns the bytes, or undefined for more than `maxBytes`. What the source throws is thrown on.
 */
export async function readChunks(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  const iterator = chunks[Symbol.asyncIterator]()
  const parts: Uint8Array[] = []
  let size = 0
  for (let step = await iterator.next(); step.done !== true; step = await iterator.next()) {
    size += step.value.byteLength
    if (size > maxBytes) {
      // Not awaited, as leaving a `for await` would: a branch of a cloned body is done only when the
      // other one is, and the other one waits for our answer.
      iterator.return?.().catch(() => undefined)
      return undefined
    }
    parts.push(step.value)
  }
  return joined(parts, size)
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  const [only] = parts
  if (parts.length === 1 && only !== undefined) return only
  const whole = new Uint8Array(size)
  let end = 0
  for (const part of parts) {
    whole.set(part, end)
    end += part.byteLength
  }
  return whole
}

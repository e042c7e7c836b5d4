/** One server-sent event. */
export interface ServerEvent {
  readonly event: string
  readonly data: string
}

/**
 * Reads server-sent events. Comments and fields that the feed does not use are skipped.
 *
 * @param chunks - From the authority: trusted to mean well, not to be small.
 * @param maxLength - The longest event in characters; a longer one throws, which breaks the feed.
 * @throws RangeError for an event that is too long, TypeError for bytes that are no UTF-8.
 * @see [HTML §9.2.6](https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation)
 */
export async function* readServerEvents(
  chunks: AsyncIterable<Uint8Array>,
  maxLength: number,
): AsyncGenerator<ServerEvent> {
  const fields = new Fields(maxLength)
  for await (const line of readLines(chunks, maxLength)) {
    if (line !== '') fields.add(line)
    else if (fields.data !== undefined) yield fields.take(fields.data)
  }
}

async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  maxLength: number,
): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  // Pieces, not one growing text: a snapshot of megabytes comes in thousands of chunks.
  let pieces: string[] = []
  let length = 0
  for await (const chunk of chunks) {
    const lines = decoder.decode(chunk, { stream: true }).split('\n')
    for (const [index, piece] of lines.entries()) {
      if (index > 0) {
        yield withoutReturn(pieces.join(''))
        pieces = []
        length = 0
      }
      length += piece.length
      if (length > maxLength) throw new RangeError(`an event is longer than ${maxLength}`)
      pieces.push(piece)
    }
  }
}

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line)

/** The fields of one event on their way. */
class Fields {
  data: string | undefined
  #event = 'message'
  readonly #maxLength: number

  constructor(maxLength: number) {
    this.#maxLength = maxLength
  }

  add(line: string): void {
    const colon = line.indexOf(':')
    if (colon <= 0) return
    const value = line.slice(line.charAt(colon + 1) === ' ' ? colon + 2 : colon + 1)
    const name = line.slice(0, colon)
    if (name === 'event') this.#event = value
    if (name === 'data') this.data = this.data === undefined ? value : `${this.data}\n${value}`
    if ((this.data?.length ?? 0) > this.#maxLength) throw new RangeError('an event is too long')
  }

  take(data: string): ServerEvent {
    const event = this.#event
    this.data = undefined
    this.#event = 'message'
    return { event, data }
  }
}

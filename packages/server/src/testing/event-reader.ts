/** One server-sent event. */
export interface SentEvent {
  readonly event: string
  readonly id: string
  readonly data: Readonly<Record<string, unknown>>
}

/** Reads server-sent events one at a time. */
export interface EventReader {
  /** The next event; undefined at the end. Rejects when the stream breaks. */
  next(): Promise<SentEvent | undefined>
  /** Reads on until an event of this name. */
  until(event: string): Promise<void>
  /** The event that is there already, or undefined if there is none. */
  pending(): Promise<SentEvent | undefined>
  /** Reports whether the stream ends by itself. */
  end(): Promise<boolean>
  cancel(): Promise<void>
}

/** Makes a reader of a stream. */
export function eventReader(stream: ReadableStream<Uint8Array>): EventReader {
  const chunks = stream.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let reading: Promise<SentEvent | undefined> | undefined

  const read = async (): Promise<SentEvent | undefined> => {
    for (;;) {
      const end = text.indexOf('\n\n')
      if (end >= 0) {
        const message = text.slice(0, end)
        text = text.slice(end + 2)
        return parse(message)
      }
      const { done, value } = await chunks.read()
      if (done) return undefined
      text += decoder.decode(value, { stream: true })
    }
  }
  const next = (): Promise<SentEvent | undefined> => {
    const current = reading ?? read()
    reading = undefined
    return current
  }
  return {
    next,
    async until(event) {
      for (let message = await next(); message?.event !== event; message = await next()) {
        if (message === undefined) throw new Error(`the stream ended before ${event}`)
      }
    },
    async pending() {
      reading ??= read()
      const later = new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined)))
      const found = await Promise.race([reading, later])
      if (found !== undefined) reading = undefined
      return found
    },
    async end() {
      for (let message = await next(); message !== undefined; ) message = await next()
      return true
    },
    cancel: () => chunks.cancel(),
  }
}

function parse(message: string): SentEvent {
  const fields = new Map(
    message.split('\n').map((line): [string, string] => {
      const colon = line.indexOf(': ')
      return [line.slice(0, colon), line.slice(colon + 2)]
    }),
  )
  // The feed sends JSON objects.
  const data = JSON.parse(fields.get('data') ?? '{}') as SentEvent['data']
  return { event: fields.get('event') ?? '', id: fields.get('id') ?? '', data }
}

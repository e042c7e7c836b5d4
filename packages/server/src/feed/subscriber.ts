import type { ChangeRecord } from '../model/records.ts'
import { changeMessage } from './message.ts'

/** Why a subscription ended; it is logged, and the client reconnects with its cursor. */
export type CutReason = 'too-slow' | 'not-reading' | 'revoked' | 'expired' | 'draining' | 'failed'

/** How much a subscriber may leave unread. */
export interface SubscriberLimits {
  /** Changes that wait for the reader. */
  readonly maxQueued: number
  /** Heartbeats that may pass without the reader taking anything. */
  readonly maxMissedBeats: number
}

const encoder = new TextEncoder()

/**
 * One reader of the feed. What it is told comes from a generator that runs only as fast as the
 * reader reads; changes that arrive meanwhile wait in a bounded queue, and beyond the bound the
 * reader is cut: with its cursor it misses nothing, and it cannot hold our memory (SR-503).
 */
export class Subscriber {
  /** The body of the answer. */
  readonly stream: ReadableStream<Uint8Array>
  readonly #tenant: string
  readonly #limits: SubscriberLimits
  readonly #onEnd: (reason: CutReason | 'closed') => void
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  #queue: ChangeRecord[] = []
  #beat: string | undefined
  #missedBeats = 0
  #wake: (() => void) | undefined
  #ended = false

  /**
   * @param start - What is told before the first live change: snapshot or backlog. It answers the
   * last sequence that it covered.
   * @param onEnd - Called once, whatever ends the subscription.
   */
  constructor(options: {
    readonly tenant: string
    readonly limits: SubscriberLimits
    readonly start: () => AsyncGenerator<string, number>
    readonly onEnd: (reason: CutReason | 'closed') => void
  }) {
    this.#tenant = options.tenant
    this.#limits = options.limits
    this.#onEnd = options.onEnd
    const messages = this.#messages(options.start)
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller
        },
        pull: (controller) => this.#pull(controller, messages),
        cancel: () => this.#end('closed'),
      },
      { highWaterMark: 1 },
    )
  }

  /** A change was committed. Changes of other tenants are not this reader's. */
  push(change: ChangeRecord): void {
    if (this.#ended || change.tenant !== this.#tenant) return
    if (this.#queue.length >= this.#limits.maxQueued) {
      this.cut('too-slow')
      return
    }
    this.#queue.push(change)
    this.#wake?.()
  }

  /** Says that nothing else happened. Unread heartbeats replace one another. */
  heartbeat(message: string): void {
    this.#missedBeats += 1
    if (this.#missedBeats > this.#limits.maxMissedBeats) {
      this.cut('not-reading')
      return
    }
    this.#beat = message
    this.#wake?.()
  }

  /** Ends the subscription at once; what was not read is dropped. */
  cut(reason: CutReason): void {
    if (this.#ended) return
    if (reason === 'draining') this.#controller?.close()
    else this.#controller?.error(new Error(`feed subscription cut: ${reason}`))
    this.#end(reason)
  }

  async #pull(
    controller: ReadableStreamDefaultController<Uint8Array>,
    messages: AsyncGenerator<string>,
  ): Promise<void> {
    this.#missedBeats = 0
    try {
      const next = await messages.next()
      if (this.#ended || next.done === true) return
      controller.enqueue(encoder.encode(next.value))
    } catch {
      // The store failed under the backlog. A gap must not look like a quiet feed.
      this.cut('failed')
    }
  }

  async *#messages(start: () => AsyncGenerator<string, number>): AsyncGenerator<string> {
    const covered = yield* start()
    while (!this.#ended) {
      const change = this.#queue.shift()
      if (change !== undefined) {
        if (change.sequence > covered) yield changeMessage(change)
      } else if (this.#beat === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      } else {
        const beat = this.#beat
        this.#beat = undefined
        yield beat
      }
    }
  }

  #end(reason: CutReason | 'closed'): void {
    if (this.#ended) return
    this.#ended = true
    this.#queue = []
    this.#wake?.()
    this.#onEnd(reason)
  }
}

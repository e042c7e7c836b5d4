import { UnavailableError } from 'countersign'

/**
 * Runs expensive work a few at a time, with a bounded queue. What does not fit is refused at once
 * with 503: a flood of password guesses must neither fill the memory nor starve everybody else of
 * the thread pool (SR-205, SR-503).
 */
export class WorkPool {
  readonly #waiting: (() => void)[] = []
  readonly #concurrency: number
  readonly #maxWaiting: number
  readonly #name: string
  #running = 0

  constructor(name: string, limits: { readonly concurrency: number; readonly maxWaiting: number }) {
    this.#name = name
    this.#concurrency = limits.concurrency
    this.#maxWaiting = limits.maxWaiting
  }

  /**
   * Runs `work` when a place is free.
   *
   * @throws {@link UnavailableError} when the queue is full.
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.#enter()
    try {
      return await work()
    } finally {
      this.#leave()
    }
  }

  async #enter(): Promise<void> {
    if (this.#running < this.#concurrency) {
      this.#running += 1
      return
    }
    if (this.#waiting.length >= this.#maxWaiting) {
      throw new UnavailableError(this.#name, `${this.#name} is saturated`, 1)
    }
    // The place is handed over, not freed: a newcomer cannot overtake the queue.
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  #leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#running -= 1
    else next()
  }
}

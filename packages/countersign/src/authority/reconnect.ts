const FIRST_DELAY_MS = 100
const MAX_DELAY_MS = 5000

/**
 * How long to wait before the next connection: doubling, at most five seconds, and anything between
 * half and all of it, so that a thousand verifiers do not return to a restarted authority at once.
 */
export function backoffMs(failures: number): number {
  const most = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** failures)
  // Jitter, not a secret.
  return most * (0.5 + Math.random() / 2)
}

/** Waits, or less when the signal is aborted. Leaves no timer behind. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    signal.addEventListener('abort', done)
  })
}

/** Aborts its signal when nobody pats it for a while, or when the owner closes. */
export class Watchdog {
  readonly #barking = new AbortController()
  readonly #milliseconds: number
  readonly #owner: AbortSignal
  readonly #bark = (): void => this.#barking.abort()
  #timer: ReturnType<typeof setTimeout>

  constructor(milliseconds: number, owner: AbortSignal) {
    this.#milliseconds = milliseconds
    this.#owner = owner
    this.#timer = setTimeout(this.#bark, milliseconds)
    if (owner.aborted) this.#bark()
    owner.addEventListener('abort', this.#bark)
  }

  get signal(): AbortSignal {
    return this.#barking.signal
  }

  /** Somebody is there. */
  pat(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(this.#bark, this.#milliseconds)
  }

  /** Hangs up, and leaves no timer and no listener behind. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#owner.removeEventListener('abort', this.#bark)
    this.#bark()
  }
}

import type { Clock } from '../../core/clock.ts'
import { UnavailableError } from '../../core/errors.ts'
import type { CertificateSource, KeyAndCertificate } from './certificate.ts'

/** Where newer certificates come from. */
export interface Supply {
  /** Gives one that was checked, or rejects with words for an operator. */
  obtain(held: KeyAndCertificate | undefined): Promise<KeyAndCertificate>
  /** When to ask again, in milliseconds since the epoch. */
  dueAt(held: KeyAndCertificate): number
}

/** How a {@link Renewal} behaves. */
export interface RenewalOptions {
  readonly clock: Clock
  /** Hears of every failure: the certificate of now may still be good for long. */
  readonly onError: (error: Error) => void
}

/** A longer timer sleeps through what happens to the clock, or to the machine, in the meantime. */
const MAX_TIMER_MS = 600_000
const FIRST_DELAY_MS = 1000
const MAX_DELAY_MS = 300_000

/**
 * Keeps one certificate and replaces it in time: single-flight, with backoff and jitter. What was
 * refused changes nothing. Its timers keep no process alive.
 */
export class Renewal implements CertificateSource {
  readonly #supply: Supply
  readonly #clock: Clock
  readonly #onError: (error: Error) => void
  readonly #listeners = new Set<(changed: KeyAndCertificate) => void>()
  #held: KeyAndCertificate | undefined
  #dueAt = 0
  #failures = 0
  #lastFailure = 'no certificate was asked for yet'
  #obtaining: Promise<void> | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #closed = false

  constructor(supply: Supply, { clock, onError }: RenewalOptions) {
    this.#supply = supply
    this.#clock = clock
    this.#onError = onError
  }

  async current(): Promise<KeyAndCertificate> {
    const held = this.#valid()
    if (held !== undefined) {
      // A timer may be late: the machine slept, or its clock was set.
      if (this.#isDue()) void this.#renew()
      return held
    }
    if (this.#obtaining !== undefined || this.#isDue()) await this.#renew()
    const obtained = this.#valid()
    if (obtained !== undefined) return obtained
    const wait = Math.max(1, Math.ceil((this.#dueAt - this.#clock()) / 1000))
    throw new UnavailableError('certificate', this.#lastFailure, wait)
  }

  onChange(listener: (changed: KeyAndCertificate) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  #isDue(): boolean {
    return !this.#closed && this.#clock() >= this.#dueAt
  }

  #valid(): KeyAndCertificate | undefined {
    const held = this.#held
    return held !== undefined && this.#clock() < held.notAfter * 1000 ? held : undefined
  }

  /** However many ask, once at a time. Never rejects. */
  #renew(): Promise<void> {
    this.#obtaining ??= this.#obtain().finally(() => {
      this.#obtaining = undefined
      this.#schedule()
    })
    return this.#obtaining
  }

  async #obtain(): Promise<void> {
    try {
      const obtained = await this.#supply.obtain(this.#valid())
      if (this.#closed && this.#held !== undefined) return
      this.#failures = 0
      this.#dueAt = this.#supply.dueAt(obtained)
      this.#take(obtained)
    } catch (error) {
      this.#dueAt = this.#clock() + backoffMs(this.#failures, error)
      this.#failures += 1
      this.#report(error)
    }
  }

  #take(obtained: KeyAndCertificate): void {
    const before = this.#held
    this.#held = obtained
    if (before === undefined || (before.cert === obtained.cert && before.ca === obtained.ca)) return
    for (const listener of this.#listeners) {
      try {
        listener(obtained)
      } catch (error) {
        this.#report(error)
      }
    }
  }

  #report(error: unknown): void {
    const failure = error instanceof Error ? error : new Error('the renewal failed')
    this.#lastFailure = failure.message
    this.#onError(failure)
  }

  #schedule(): void {
    clearTimeout(this.#timer)
    if (this.#closed) return
    const wait = Math.min(Math.max(this.#dueAt - this.#clock(), 0), MAX_TIMER_MS)
    this.#timer = setTimeout(() => {
      if (this.#isDue()) void this.#renew()
      else this.#schedule()
    }, wait)
    this.#timer.unref()
  }
}

/** Doubling, at most five minutes, from half to all of it; or as long as the authority says. */
function backoffMs(failures: number, error: unknown): number {
  const most = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** failures)
  const told = error instanceof UnavailableError ? error.retryAfterSeconds * 1000 : 0
  // Jitter, not a secret.
  return Math.max(Math.min(told, MAX_DELAY_MS), most * (0.5 + Math.random() / 2))
}

/** What is done with failures nobody asked to hear of: they are not silent. */
export const warn = (error: Error): void => {
  process.emitWarning(error.message, 'CertificateRenewalWarning')
}

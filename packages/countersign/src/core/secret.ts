const REDACTED = '[Secret]'

/**
 * Holds a secret so that it cannot be printed by accident: string conversion, JSON and Node's
 * `inspect` all answer `[Secret]`. The value leaves only through {@link Secret.reveal}, which is
 * easy to find in a review.
 *
 * It does not wipe memory: JavaScript strings cannot be wiped (see SECURITY.md).
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The secret itself. Give it to a caller once, or to a cryptographic primitive. */
  reveal(): string {
    return this.#value
  }

  /** Always `[Secret]`. */
  toString(): string {
    return REDACTED
  }

  /** Always `[Secret]`. */
  toJSON(): string {
    return REDACTED
  }

  /** Always `[Secret]`, for Node's `console.log` and `util.inspect`. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED
  }
}

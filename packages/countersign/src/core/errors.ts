/** A mistake of the programmer, thrown at construction only: the option, what it holds, the fix. */
export class ConfigError extends TypeError {
  override readonly name = 'ConfigError'
  /** Stable and greppable: `CS_CONFIG_AUDIENCE_MISSING`. */
  readonly code: `CS_CONFIG_${string}`

  constructor(code: `CS_CONFIG_${string}`, message: string) {
    super(message)
    this.code = code
  }
}

/**
 * The world failed: a key set, a store or the authority cannot be reached. It becomes a 503 with
 * `Retry-After`: never a 401, which would log users out, and never an acceptance.
 */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError'
  /** What could not be reached: `key-set`, `authority`, `store`, `feed`. */
  readonly control: string
  /** Seconds after which a retry makes sense. */
  readonly retryAfterSeconds: number

  constructor(control: string, message: string, retryAfterSeconds = 1) {
    super(message)
    this.control = control
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/**
 * A body parser stands before the guard, and the bytes that were signed are gone. Loud, because no
 * request can be verified so: the framework's error handler gets it, and the text says what to move.
 */
export class BodyConsumedError extends Error {
  override readonly name = 'BodyConsumedError'
  readonly code = 'CS_BODY_CONSUMED'

  /** @param by - What read it, as far as can be told: `express.json() or another body parser`. */
  constructor(by: string) {
    super(`body already consumed by ${by}; put protect(...) before whatever reads bodies`)
  }
}

/** Throws a {@link ConfigError} unless `condition` holds. For construction time only. */
export function assertConfig(
  condition: unknown,
  code: `CS_CONFIG_${string}`,
  message: string,
): asserts condition {
  if (!condition) throw new ConfigError(code, message)
}

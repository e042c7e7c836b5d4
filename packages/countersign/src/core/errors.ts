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

/** Throws a {@link ConfigError} unless `condition` holds. For construction time only. */
export function assertConfig(
  condition: unknown,
  code: `CS_CONFIG_${string}`,
  message: string,
): asserts condition {
  if (!condition) throw new ConfigError(code, message)
}

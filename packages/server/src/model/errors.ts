/**
 * Two records cannot both be: a user name that is taken, an id that exists, a principal that does
 * not. An expected outcome of a race, so callers answer it with 409 and nothing is written.
 */
export class ConflictError extends Error {
  override readonly name = 'ConflictError'
  /** `unique`: it exists already. `reference`: what it points at does not exist. */
  readonly constraint: 'unique' | 'reference'

  /** @param message - Names tables and columns, never values. */
  constructor(constraint: 'unique' | 'reference', message: string) {
    super(message)
    this.constraint = constraint
  }
}

/** Text that no store holds: it has a NUL in it. The caller's mistake, whatever was asked. */
export class UnstorableTextError extends Error {
  override readonly name = 'UnstorableTextError'

  constructor() {
    super('text with a NUL character is not stored')
  }
}

/** Why a store cannot be opened. */
export type StoreOpenCode =
  | 'not-writable'
  | 'not-a-database'
  | 'foreign-database'
  | 'corrupt'
  | 'newer-schema'
  | 'older-schema'
  | 'locked'
  | 'unreachable'

/**
 * A store could not be opened; nothing on the disk was changed. The message is one sentence for the
 * operator and names the file.
 */
export class StoreOpenError extends Error {
  override readonly name = 'StoreOpenError'
  readonly code: StoreOpenCode

  constructor(code: StoreOpenCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

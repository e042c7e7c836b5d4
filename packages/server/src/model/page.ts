/** One page of a list, newest first. */
export interface Page<T> {
  readonly items: readonly T[]
  /** Give it back to get the next page; null on the last. */
  readonly cursor: string | null
}

/** Which part of a list is wanted. */
export interface PageQuery {
  readonly tenant: string
  readonly limit: number
  readonly cursor?: string | undefined
}

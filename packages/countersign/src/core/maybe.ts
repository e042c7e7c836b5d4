/**
 * A value now or later. The Node fast path answers synchronously and the portable path with a
 * promise; code written once with {@link map} serves both, and a synchronous answer costs no tick.
 */
export type MaybePromise<T> = T | Promise<T>

/** Applies `next` to a value that may still be on its way. */
export function map<T, U>(
  value: MaybePromise<T>,
  next: (value: T) => MaybePromise<U>,
): MaybePromise<U> {
  return value instanceof Promise ? value.then(next) : next(value)
}

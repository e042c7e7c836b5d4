import { map, type MaybePromise } from '../../core/maybe.ts'

/** Reports whether one of the answers is yes, after all of them came. */
export function anyOf(answers: readonly MaybePromise<boolean>[]): MaybePromise<boolean> {
  return map(all(answers), (settled) => settled.includes(true))
}

/** Answers that may still be on their way, together. */
export function all<T>(answers: readonly MaybePromise<T>[]): MaybePromise<readonly T[]> {
  const settled = answers.filter((answer): answer is T => !(answer instanceof Promise))
  return settled.length === answers.length
    ? settled
    : Promise.all(answers.map((answer) => Promise.resolve(answer)))
}

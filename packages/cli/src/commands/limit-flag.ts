import { parseDuration } from '../duration.ts'
import { usage } from '../exit.ts'
import type { Json } from '../json.ts'

/** A limit as one word: `100/1m` is 100 in any minute. */
export function parseLimit(text: string): Json {
  const { count, window } = /^(?<count>[1-9]\d{0,9})\/(?<window>\w+)$/.exec(text)?.groups ?? {}
  const windowSeconds = parseDuration(window ?? '')
  if (count === undefined || window === undefined || windowSeconds === undefined)
    throw usage(`"${text}" is no limit; write 100/1m or 10000/1d`)
  return { name: `per-${window}`, algorithm: 'sliding-window', limit: Number(count), windowSeconds }
}

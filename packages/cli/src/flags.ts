import { parseDuration } from './duration.ts'
import { usage } from './exit.ts'

/** The flags of one call, read by the type they must have. Names as commander makes them. */
export class Flags {
  readonly #values: Readonly<Record<string, unknown>>

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values
  }

  /** The text of `--name <text>`. */
  text(name: string): string | undefined {
    const value = this.#values[name]
    return typeof value === 'string' ? value : undefined
  }

  /** The text of a flag that the command cannot do without. */
  required(name: string): string {
    const value = this.text(name)
    if (value === undefined || value === '') throw usage(`${spelled(name)} is missing`)
    return value
  }

  /** A whole number of zero or more. */
  integer(name: string): number | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    if (!/^\d{1,15}$/.test(value)) throw usage(`${spelled(name)}: "${value}" is no whole number`)
    return Number(value)
  }

  /** Seconds of a duration such as `90d`. */
  seconds(name: string): number | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    const seconds = parseDuration(value)
    if (seconds === undefined)
      throw usage(`${spelled(name)}: "${value}" is no duration; write 45s, 30m, 12h or 90d`)
    return seconds
  }

  /** Every value of a flag that may be repeated, in order; `a,b` and `a b` count as two. */
  list(name: string): readonly string[] {
    const value = this.#values[name]
    return Array.isArray(value)
      ? value.flatMap((entry) => String(entry).split(/[\s,]+/)).filter((entry) => entry !== '')
      : []
  }

  /** Every value of a flag that may be repeated, as it is: a URI may have a comma in it. */
  each(name: string): readonly string[] {
    const value = this.#values[name]
    return Array.isArray(value) ? value.map(String) : []
  }

  /** Reports whether a switch is on. */
  on(name: string): boolean {
    return this.#values[name] === true
  }
}

const spelled = (name: string): string =>
  `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`

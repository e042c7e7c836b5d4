/**
 * What a command writes with. Results go to stdout, everything said about them to stderr, so that
 * a pipe carries results alone. Colour appears on a terminal only, and never under `NO_COLOR`.
 */
import { styleText } from 'node:util'

/** A stream as the CLI needs it. */
export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean
}

/** Styles in use; few, because text must say it all without them. */
type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

/** How a column of a table reads a row. */
export type Columns<T> = readonly (readonly [title: string, cell: (row: T) => string])[]

/** Where a command's output goes. */
export class Terminal {
  /** Whether the caller asked for JSON. */
  readonly json: boolean
  readonly #out: Output
  readonly #err: Output
  readonly #colour: boolean

  constructor(options: {
    readonly out: Output
    readonly err: Output
    readonly json: boolean
    readonly environment: Readonly<Record<string, string | undefined>>
  }) {
    const { out, err, json, environment } = options
    this.json = json
    this.#out = out
    this.#err = err
    this.#colour =
      out.isTTY === true && (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb'
  }

  /** The result: one JSON line under `--json`, else what `human` writes. */
  result(value: unknown, human: () => void): void {
    if (this.json) this.#out.write(`${JSON.stringify(value)}\n`)
    else human()
  }

  /** A line of the result, for people. */
  line(text = ''): void {
    this.#out.write(`${text}\n`)
  }

  /** A remark beside the result; silent under `--json`. */
  note(text: string): void {
    if (!this.json) this.#err.write(`${text}\n`)
  }

  /** A failure: a sentence, or `{"error":{code,message}}` under `--json`; on stderr either way. */
  failure(code: string, message: string): void {
    const text = this.json
      ? JSON.stringify({ error: { code, message } })
      : `${this.paint('red', 'error:')} ${message.split('\n').map(printable).join('\n')}`
    this.#err.write(`${text}\n`)
  }

  /** Rows under titles, aligned; a sentence when there are none. */
  table<T>(rows: readonly T[], columns: Columns<T>, none: string): void {
    if (rows.length === 0) return this.line(none)
    const lines = rows.map((row) => columns.map(([, cell]) => printable(cell(row))))
    const widths = columns.map(([title], index) =>
      Math.max(title.length, ...lines.map((cells) => (cells[index] ?? '').length)),
    )
    const row = (cells: readonly string[]): string =>
      cells
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd()
    this.line(this.paint('bold', row(columns.map(([title]) => title))))
    for (const cells of lines) this.line(row(cells))
  }

  /** Name and value, aligned under each other. */
  facts(facts: readonly (readonly [name: string, value: string])[]): void {
    const width = Math.max(...facts.map(([name]) => name.length))
    for (const [name, value] of facts) this.line(`  ${name.padEnd(width)}  ${printable(value)}`)
  }

  /** Styles a text where colour is wanted, and leaves it alone elsewhere. */
  paint(style: Style, text: string): string {
    return this.#colour ? styleText(style, text, { validateStream: false }) : text
  }
}

/** Control and format characters: escape sequences, and marks that turn the direction of text. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}]/gu

/** Names and claims are other people's text: no control character of theirs reaches a terminal. */
export const printable = (text: string): string => text.replaceAll(UNPRINTABLE, '\uFFFD')

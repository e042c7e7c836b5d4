import type { Environment } from '@countersign/server/config'
import type { Flags } from './flags.ts'
import type { Input } from './input.ts'
import type { Output, Terminal } from './output/terminal.ts'

/** A flag as commander spells it (`--name <text>`) and what it is for. */
export interface FlagSpec {
  readonly spelling: string
  readonly summary: string
  /** May be given more than once. */
  readonly repeats?: boolean
}

/** What a command works on, which decides the flags that it shares with others. */
type Scope = 'nothing' | 'config' | 'authority'

/** One command, as data: program.ts builds the parser from it, and docs/reference/cli.md is it. */
export interface CommandSpec {
  /** `keys create`: noun and verb, or a verb alone. */
  readonly name: string
  readonly summary: string
  /** What it does in more words, for its help. */
  readonly details?: string
  /** A line that works, without the `countersign` in front. */
  readonly example: string
  /** `<id>`, `[name]`, `<args...>`. */
  readonly arguments?: readonly (readonly [spelling: string, summary: string])[]
  readonly flags?: readonly FlagSpec[]
  readonly scope: Scope
  /** Everything after the first argument belongs to another program. */
  readonly passThrough?: boolean
  readonly run: (call: Call) => Promise<void>
}

/** The process as a command sees it; tests hand in their own. */
export interface Host {
  readonly out: Output
  readonly err: Output
  readonly input: Input
  readonly environment: Environment
  /** Where relative paths start. */
  readonly folder: string
  /** Aborted by Ctrl-C and by SIGTERM. */
  readonly signal: AbortSignal
}

/** One run of a command. */
export interface Call extends Host {
  readonly arguments: readonly string[]
  readonly flags: Flags
  readonly terminal: Terminal
  /** Closed in reverse order when the command is done, however it ends. */
  readonly resources: AsyncDisposableStack
}

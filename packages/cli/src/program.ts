import { Command, CommanderError, Option } from 'commander'
import type { Call, CommandSpec, FlagSpec, Host } from './command.ts'
import { COMMANDS, NOUNS } from './commands/index.ts'
import { Flags } from './flags.ts'
import { Terminal } from './output/terminal.ts'
import { VERSION } from './version.ts'

const JSON_FLAG: FlagSpec = { spelling: '--json', summary: 'print one JSON document' }

/** Flags of every command that reads the configuration. */
const CONFIG_FLAGS: readonly FlagSpec[] = [
  { spelling: '--config <file>', summary: 'configuration file (.ts, .js, .yaml, .json)' },
  { spelling: '--data <folder>', summary: 'data folder (default: .countersign)' },
]

/** Flags of every command that talks to an authority. */
const AUTHORITY_FLAGS: readonly FlagSpec[] = [
  ...CONFIG_FLAGS,
  { spelling: '--url <url>', summary: 'a running authority; without it the data folder is opened' },
  { spelling: '--key-file <file>', summary: 'file with the management key, or - for stdin' },
  { spelling: '--tenant <id>', summary: 'tenant (default: default)' },
]

const SHARED: Readonly<Record<CommandSpec['scope'], readonly FlagSpec[]>> = {
  nothing: [],
  config: CONFIG_FLAGS,
  authority: AUTHORITY_FLAGS,
}

/** Every flag of a command, its own first. */
export const flagsOf = (spec: CommandSpec): readonly FlagSpec[] => [
  ...(spec.flags ?? []),
  ...SHARED[spec.scope],
  JSON_FLAG,
]

/** Builds the parser from the table of commands. */
export function buildProgram(host: Host): Command {
  const program = configure(new Command('countersign'), host)
    .description('The front desk for an API: issue, verify, limit, revoke and explain credentials.')
    .version(VERSION)
    .addHelpText('after', '\nStart here:\n  $ countersign dev')
  const nouns = new Map<string, Command>()
  for (const spec of COMMANDS) {
    const [noun = '', verb] = spec.name.split(' ')
    if (verb === undefined) addCommand(program, noun, { spec, host })
    else addCommand(nounCommand(program, nouns, { noun, host }), verb, { spec, host })
  }
  return program
}

function nounCommand(
  program: Command,
  nouns: Map<string, Command>,
  { noun, host }: { readonly noun: string; readonly host: Host },
): Command {
  const known = nouns.get(noun)
  if (known !== undefined) return known
  const command = configure(new Command(noun), host).description(NOUNS[noun] ?? '')
  nouns.set(noun, command)
  program.addCommand(command)
  return command
}

function addCommand(
  parent: Command,
  name: string,
  { spec, host }: { readonly spec: CommandSpec; readonly host: Host },
): void {
  const command = configure(new Command(name), host)
    .description(spec.details ?? spec.summary)
    .summary(spec.summary)
    .addHelpText('after', `\nExample:\n  $ countersign ${spec.example}`)
  for (const [spelling, summary] of spec.arguments ?? []) command.argument(spelling, summary)
  for (const flag of flagsOf(spec)) command.addOption(optionOf(flag))
  if (spec.passThrough === true) command.passThroughOptions()
  command.action(() => runCommand(spec, command, host))
  parent.addCommand(command)
}

function optionOf({ spelling, summary, repeats }: FlagSpec): Option {
  const option = new Option(spelling, repeats === true ? `${summary} (repeatable)` : summary)
  if (repeats !== true) return option
  return option.argParser((value: string, previous: unknown) => [
    ...(Array.isArray(previous) ? previous.map(String) : []),
    value,
  ])
}

async function runCommand(spec: CommandSpec, command: Command, host: Host): Promise<void> {
  const flags = new Flags(command.opts<Record<string, unknown>>())
  const { out, err, environment } = host
  const terminal = new Terminal({ out, err, environment, json: flags.on('json') })
  const resources = new AsyncDisposableStack()
  const call: Call = { ...host, arguments: command.args, flags, terminal, resources }
  try {
    await spec.run(call)
  } finally {
    await resources.disposeAsync()
  }
}

/** Usage errors come back as exceptions, with a suggestion, and go where the host wants them. */
function configure(command: Command, host: Host): Command {
  return command
    .exitOverride()
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => void host.out.write(text),
      writeErr: () => undefined,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
}

/** What a person should read of an error of commander; undefined for any other error. */
export function parserProblem(
  error: unknown,
): { readonly exit: number; readonly message: string } | undefined {
  if (!(error instanceof CommanderError)) return undefined
  // A noun alone: commander would print its whole help as an error.
  if (error.code === 'commander.help')
    return { exit: 1, message: 'a verb is missing; --help lists them' }
  // commander repeats the arguments that were too many: one of them may be a secret.
  const message = error.message
    .replace(/^error: /, '')
    .replace(/(but got \d+)\b.*/s, '$1')
    .replaceAll('\n', ' ')
  return { exit: error.exitCode, message }
}

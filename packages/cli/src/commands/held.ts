/** What the commands for credentials of services share: columns, and what one is made of. */
import { usage } from '../exit.ts'
import type { Call, FlagSpec } from '../command.ts'
import type { Json } from '../json.ts'
import type { Columns } from '../output/terminal.ts'
import { column, stateOf, timeOf } from './columns.ts'

/** Columns that stand behind those of the key. */
export const HELD_COLUMNS: Columns<Json> = [
  column('SERVICE', 'serviceId'),
  column('SCOPES', 'scopes'),
  ['EXPIRES', (row) => timeOf(row, 'expiresAt')],
  ['LAST USED', (row) => timeOf(row, 'lastUsedAt')],
  ['STATE', stateOf],
]

/** Flags of every `create`, beside `--service`. */
export const HELD_FLAGS: Readonly<Record<'name' | 'scope' | 'expiry' | 'network', FlagSpec>> = {
  name: { spelling: '--name <name>', summary: 'what it is for' },
  scope: { spelling: '--scope <scope>', summary: 'what it may do', repeats: true },
  expiry: { spelling: '--expires-in <duration>', summary: '45s, 30m, 12h, 90d (default: never)' },
  network: { spelling: '--network <cidr>', summary: 'where it may call from', repeats: true },
}

/**
 * The members of the request that those flags give.
 *
 * @param one - How a credential is called: `key`.
 */
export function heldBody({ flags }: Call, one: string): Readonly<Record<string, unknown>> {
  const expiresIn = flags.seconds('expiresIn')
  return {
    serviceId: flags.required('service'),
    name: flags.required('name'),
    scopes: scopesOf(flags.list('scope'), one),
    networks: flags.list('network'),
    ...(expiresIn === undefined ? {} : { expiresAt: nowSeconds() + expiresIn }),
  }
}

function scopesOf(scopes: readonly string[], one: string): readonly string[] {
  if (scopes.length === 0)
    throw usage(`--scope is missing: a ${one} that was given no scope can do nothing`)
  return scopes
}

/** The flag of every `rotate`. */
export const OVERLAP_FLAG: FlagSpec = {
  spelling: '--overlap <duration>',
  summary: 'how long both work (default: 24h)',
}

/** What it says, in seconds. */
export const overlapOf = ({ flags }: Call): number => flags.seconds('overlap') ?? 86_400

/** Seconds since the epoch. */
export const nowSeconds = (): number => Math.floor(Date.now() / 1000)

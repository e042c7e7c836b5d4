/** What the nouns of the management API share: a list, a revocation, a secret shown once. */
import type { Call, CommandSpec } from '../command.ts'
import type { Api } from '../connection/api.ts'
import { connect } from '../connection/connect.ts'
import { usage } from '../exit.ts'
import { objectsOf, type Json } from '../json.ts'
import type { Columns } from '../output/terminal.ts'

/** One noun of the management API. */
export interface Resource {
  /** As it is typed: `keys`. */
  readonly noun: string
  /** `key`. */
  readonly one: string
  /** `/v1/keys`. */
  readonly path: string
  readonly columns: Columns<Json>
}

/** A list that was cut says so: `next` continues it. */
interface List {
  readonly items: readonly Json[]
  readonly cursor: string | null
}

/** The verb `list`: newest first, up to `--limit`. */
export const listCommand = (resource: Resource): CommandSpec => ({
  name: `${resource.noun} list`,
  summary: `list ${resource.noun}, newest first`,
  example: `${resource.noun} list --json`,
  scope: 'authority',
  flags: [
    { spelling: '--limit <count>', summary: 'at most so many (default: 100)' },
    { spelling: '--cursor <cursor>', summary: 'continue where the last list ended' },
  ],
  run: async (call) => {
    const api = await connect(call)
    const list = await readList(api, resource.path, {
      limit: call.flags.integer('limit') ?? 100,
      cursor: call.flags.text('cursor'),
    })
    call.terminal.result(list, () => {
      call.terminal.table(list.items, resource.columns, `no ${resource.noun}`)
      if (list.cursor !== null)
        call.terminal.note(`more: countersign ${resource.noun} list --cursor ${list.cursor}`)
    })
  },
})

/** Reads pages until `limit` items are there or the list ends. */
export async function readList(
  api: Api,
  path: string,
  {
    limit,
    cursor,
    filter = {},
  }: {
    readonly limit: number
    readonly cursor: string | undefined
    readonly filter?: Readonly<Record<string, string | undefined>>
  },
): Promise<List> {
  const items: Json[] = []
  let next = cursor
  do {
    const query = new URLSearchParams({ limit: String(Math.min(100, limit - items.length)) })
    for (const [name, value] of Object.entries({ ...filter, cursor: next })) {
      if (value !== undefined) query.set(name, value)
    }
    const page = await api.get(`${path}?${query}`)
    items.push(...objectsOf(page['items']))
    next = typeof page['cursor'] === 'string' ? page['cursor'] : undefined
  } while (next !== undefined && items.length < limit)
  return { items, cursor: next ?? null }
}

/** The verb `revoke`: at once, and for good. */
export const revokeCommand = (resource: Resource): CommandSpec => ({
  name: `${resource.noun} revoke`,
  summary: `revoke a ${resource.one}, at once and for good`,
  details: `Revokes a ${resource.one}. Verifiers refuse it within the bound of the change feed; the record stays for audit.`,
  example: `${resource.noun} revoke <id>`,
  arguments: [['<id>', `id of the ${resource.one}`]],
  scope: 'authority',
  run: async (call) => {
    const api = await connect(call)
    const id = idOf(call)
    await api.delete(`${resource.path}/${id}`)
    call.terminal.result({ id, revoked: true }, () => {
      call.terminal.line(`revoked ${resource.one} ${id}`)
    })
  },
})

/** The first argument as one path segment: an id never changes which resource is meant. */
export function idOf({ arguments: [id = ''] }: Call): string {
  // A client that a document describes has the URL of that document for an id.
  if (/^https:\/\/[!-~]{1,1000}$/.test(id)) return encodeURIComponent(id)
  if (!/^[A-Za-z0-9_.-]{1,128}$/.test(id) || /^\.+$/.test(id)) throw usage(`"${id}" is no id`)
  return id
}

/** Prints what was made, and its secret, which nobody can show again. */
export function showIssued(
  { terminal }: Call,
  issued: Json,
  {
    title,
    facts,
    secret,
  }: {
    readonly title: string
    readonly facts: readonly (readonly [name: string, value: string])[]
    readonly secret: string | undefined
  },
): void {
  terminal.result(issued, () => {
    terminal.line(terminal.paint('bold', title))
    terminal.facts([...facts, ...(secret === undefined ? [] : [['secret', secret] as const])])
    if (secret !== undefined)
      terminal.note(terminal.paint('yellow', 'The secret is shown this once. Store it now.'))
  })
}

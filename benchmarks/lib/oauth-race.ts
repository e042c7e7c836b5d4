/** What becomes of a person when one refresh token is used many times at once, or once more. */
import type { Listing } from './report.ts'
import { startServer, type OAuthContender, type OAuthServer } from './oauth-server.ts'
import { newFamily, refreshForm } from './oauth-work.ts'

const AT_ONCE = 50
const ROUNDS = 3

interface Outcome {
  readonly succeeded: number
  readonly successors: number
  /** Successors that can still be refreshed once the race is over. */
  readonly alive: number
}

/** Races every server, one after the other. */
export async function raceRefreshes(contenders: readonly OAuthContender[]): Promise<Listing> {
  const lines: string[][] = []
  for (const contender of contenders) {
    const server = await startServer(contender, { connections: AT_ONCE })
    const races: Outcome[] = []
    for (let round = 0; round < ROUNDS; round += 1) races.push(await race(server))
    const range = (pick: (one: Outcome) => number): string => rangeOf(races.map(pick))
    lines.push([
      contender.name,
      range(({ succeeded }) => succeeded),
      range(({ successors }) => successors),
      range(({ alive }) => alive),
      await repeatOnce(server),
    ])
    server.stop()
  }
  return {
    title: `${AT_ONCE} parallel refreshes of one token, ${ROUNDS} times; and one repetition of a refresh whose answer was lost`,
    columns: [
      'server',
      `answers 200 of ${AT_ONCE}`,
      'distinct successors',
      'of them alive after',
      'lost answer, asked again',
    ],
    lines,
  }
}

async function race(server: OAuthServer): Promise<Outcome> {
  const form = refreshForm(await newFamily(server))
  const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => tryRefresh(server, form)))
  const won = answers.filter((token) => token !== undefined)
  const successors = new Set(won)
  let alive = 0
  for (const token of successors) {
    if ((await tryRefresh(server, refreshForm(token))) !== undefined) alive += 1
  }
  return { succeeded: won.length, successors: successors.size, alive }
}

async function repeatOnce(server: OAuthServer): Promise<string> {
  const form = refreshForm(await newFamily(server))
  const lost = await tryRefresh(server, form)
  const again = await tryRefresh(server, form)
  if (lost === undefined) throw new Error(`${server.name}: no successor`)
  if (again === lost) return 'the same successor'
  const isAlive = (await tryRefresh(server, refreshForm(again ?? lost))) !== undefined
  if (again !== undefined) return 'another successor'
  return isAlive ? 'refused' : 'refused, signed out'
}

/** The successor, if there is one. */
async function tryRefresh(server: OAuthServer, form: string): Promise<string | undefined> {
  const { tokenPath, app } = server.facts
  const { status, body } = await server.post(tokenPath, app, form)
  if (status !== 200) return undefined
  // A token response of RFC 6749 §5.1.
  return (JSON.parse(body) as { readonly refresh_token?: string }).refresh_token
}

function rangeOf(values: readonly number[]): string {
  const low = Math.min(...values)
  const high = Math.max(...values)
  return low === high ? String(low) : `${low} to ${high}`
}

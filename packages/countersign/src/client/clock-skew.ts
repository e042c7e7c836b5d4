import { readChunks } from '../core/chunks.ts'

/** More than a problem needs; a larger answer is somebody else's. */
const MAX_PROBLEM_BYTES = 4096

/**
 * The time that a server tells whose clock disagrees with ours: `serverTime` of a problem with the
 * code `clock-skew`. Undefined for every other answer. Reads a copy; the answer stays unread.
 *
 * The time is believed as much as the server is: a proof that is made for it goes to that server.
 */
export async function serverTimeOf(answer: Response): Promise<number | undefined> {
  if (answer.headers.get('content-type')?.startsWith('application/problem+json') !== true) {
    return undefined
  }
  const problem = await readProblem(answer.clone()).catch(() => undefined)
  if (typeof problem !== 'object' || problem === null) return undefined
  const { code, serverTime } = problem as { code?: unknown; serverTime?: unknown } // read as unknown
  if (code !== 'clock-skew' || !Number.isSafeInteger(serverTime)) return undefined
  return Number(serverTime)
}

async function readProblem({ body }: Response): Promise<unknown> {
  if (body === null) return undefined
  // Typed by the DOM library without its async iterator.
  const bytes = await readChunks(body as AsyncIterable<Uint8Array>, MAX_PROBLEM_BYTES)
  return JSON.parse(new TextDecoder().decode(bytes))
}

/** More than a problem needs; a larger answer is somebody else's. */
const MAX_PROBLEM_BYTES = 4096

/**
 * The time that a server tells whose clock disagrees with ours: `serverTime` of a problem with the
 * code `clock-skew`. Undefined for every other answer. Reads a copy; the answer stays unread.
 *
 * The time is believed as much as the server is: a proof that is made for it goes to that server.
 */
export async function serverTimeOf(answer: Response): Promise<number | undefined> {
  const type = answer.headers.get('content-type') ?? ''
  const length = Number(answer.headers.get('content-length') ?? Number.NaN)
  if (!type.startsWith('application/problem+json') || !(length <= MAX_PROBLEM_BYTES))
    return undefined
  const problem: unknown = await answer
    .clone()
    .json()
    .catch(() => undefined)
  if (typeof problem !== 'object' || problem === null) return undefined
  const { code, serverTime } = problem as { code?: unknown; serverTime?: unknown } // read as unknown
  if (code !== 'clock-skew' || !Number.isSafeInteger(serverTime)) return undefined
  return Number(serverTime)
}

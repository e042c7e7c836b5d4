/** Loads a server with requests that are all different, as single-use credentials want it. */
import { Agent, request } from 'node:http'

/** One request of a form and what came back. */
export interface Posted {
  readonly status: number
  readonly body: string
}

/** A client with connections that stay open. */
export interface FormClient {
  post(path: string, authorization: string, form: string): Promise<Posted>
  close(): void
}

/** What a run took; times of single requests in milliseconds. */
export interface Timing {
  readonly seconds: number
  readonly times: readonly number[]
}

/** Opens a client for one origin. */
export function formClient(origin: string, connections: number): FormClient {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const post = (path: string, authorization: string, form: string): Promise<Posted> =>
    new Promise((resolve, reject) => {
      const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' }
      const sent = request(`${origin}${path}`, { method: 'POST', agent, headers }, (response) => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (body += chunk))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
        response.on('error', reject)
      })
      sent.on('error', reject)
      sent.end(form)
    })
  return { post, close: () => agent.destroy() }
}

/** Does the work `count` times, by as many workers at once; each knows its number. */
export async function timed(
  count: number,
  workers: number,
  work: (worker: number) => Promise<unknown>,
): Promise<Timing> {
  const times: number[] = []
  let left = count
  const loop = async (worker: number): Promise<void> => {
    while ((left -= 1) >= 0) {
      const start = performance.now()
      await work(worker)
      times.push(performance.now() - start)
    }
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: workers }, (_, worker) => loop(worker)))
  return { seconds: (performance.now() - start) / 1000, times }
}

/** The value that a share of the values does not exceed: `0.99` for p99. NaN for none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].toSorted((left, right) => left - right)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

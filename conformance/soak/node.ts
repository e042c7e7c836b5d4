import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const SCRIPT = fileURLToPath(new URL('node-file.ts', import.meta.url))

/** An authority in a process of its own, always at the same URL. */
export class Node {
  readonly name: string
  readonly port: number
  readonly url: string
  readonly #env: Readonly<Record<string, string>>
  #child: ChildProcess | undefined

  constructor(name: string, port: number, env: Readonly<Record<string, string>>) {
    this.name = name
    this.port = port
    this.url = `http://127.0.0.1:${port}`
    this.#env = env
  }

  /** Starts it until it serves: the store may not be there yet. */
  async start(): Promise<void> {
    for (;;) {
      const env = { ...process.env, ...this.#env, SOAK_PORT: String(this.port) }
      const args = ['--conditions=@countersign/source', SCRIPT]
      const child = spawn(process.execPath, args, {
        env,
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      })
      this.#child = child
      const ended = new AbortController()
      const serving = once(child, 'message', { signal: ended.signal }).then(
        () => true,
        () => false,
      )
      child.once('exit', () => ended.abort())
      // oxlint-disable-next-line no-await-in-loop -- one attempt after the other
      if (await serving) return
      // oxlint-disable-next-line no-await-in-loop -- see above
      await setTimeout(200)
    }
  }

  /** Sends a signal that ends it, and answers the exit code; null when it was killed. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return null
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
    return child.exitCode
  }

  pause(): void {
    this.#child?.kill('SIGSTOP')
  }

  resume(): void {
    this.#child?.kill('SIGCONT')
  }

  /** Sets its clock ahead by so many milliseconds, or back. */
  shift(ms: number): void {
    this.#child?.send({ shift: ms })
  }
}

/** A port of loopback that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

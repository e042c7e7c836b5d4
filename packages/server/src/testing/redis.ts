/**
 * A real Redis or Valkey for tests: `COUNTERSIGN_TEST_REDIS` names the program, or it is found on the
 * path. On a unix socket in a temporary folder, or a free port of loopback, stopped by its process.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

/** A running server. */
export interface RedisServer {
  readonly url: string
  stop(): Promise<void>
  /** Starts it again on the same files: empty, unless it saved. */
  start(): Promise<void>
  /** Stops answering, without closing anything. */
  freeze(): void
  thaw(): void
  dispose(): Promise<void>
}

const PROGRAMS = ['redis-server', 'valkey-server']

const program = [process.env['COUNTERSIGN_TEST_REDIS'] ?? [], PROGRAMS]
  .flat()
  .find((name) => spawnSync(name, ['--version']).status === 0)

/** Why tests of Redis cannot run here; false where they can. */
export const withoutRedis: string | false =
  program === undefined
    ? 'no redis-server or valkey-server on the path (apt-get install redis-server), nor in COUNTERSIGN_TEST_REDIS'
    : false

/** Starts a server with additional settings: `--maxmemory-policy`, `allkeys-lru`. */
export async function startRedis(...settings: readonly string[]): Promise<RedisServer> {
  if (program === undefined) throw new Error('there is no Redis')
  const folder = mkdtempSync(join(tmpdir(), 'cs-redis-'))
  const socket = join(folder, 'socket')
  let child: ChildProcess | undefined
  const start = async (): Promise<void> => {
    rmSync(socket, { force: true })
    const options = ['--port', '0', '--unixsocket', socket, '--dir', folder, '--save', '']
    const started = spawn(program, [...options, ...settings], { stdio: 'ignore' })
    child = started
    for (let attempt = 0; attempt < 200; attempt += 1) {
      if (existsSync(socket)) return
      // oxlint-disable-next-line no-await-in-loop -- a process of its own starts meanwhile
      await setTimeout(10)
    }
    throw new Error('Redis does not start')
  }
  const stop = async (): Promise<void> => {
    const running = child
    child = undefined
    if (running === undefined || running.exitCode !== null) return
    const gone = once(running, 'exit')
    running.kill('SIGKILL')
    await gone
  }
  await start()
  return {
    url: `unix://${socket}`,
    start,
    stop,
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    dispose: async () => {
      await stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

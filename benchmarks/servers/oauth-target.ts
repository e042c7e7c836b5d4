/** What every authorization server of the benchmark tells and does for it, beside answering HTTP. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A code that a person gave to the client `app`, and what redeems it. */
export interface SeededCode {
  readonly code: string
  readonly verifier: string
}

/** Where to send what; the values of `Authorization` are those of `client_secret_basic`. */
export interface TargetFacts {
  readonly origin: string
  readonly tokenPath: string
  readonly introspectionPath: string
  /** Client credentials: for JWTs and for opaque tokens; the client of codes and refresh tokens. */
  readonly jwt: string
  readonly opaque: string
  readonly app: string
  /** What a request for a JWT must say beside its grant type. */
  readonly jwtForm?: string
  readonly redirectUri: string
  /** The database. */
  readonly file: string
}

/** A server, as its process offers it. */
export interface Target extends TargetFacts {
  /** Writes codes, as the server's own authorization endpoint would. */
  codes(count: number): Promise<readonly SeededCode[]>
  /** Starts and ends sweeping without a pause; answers how many rounds there were until now. */
  sweep?(on: boolean): number
}

/** Where the redirect would go. */
export const REDIRECT_URI = 'https://app.example.com/cb'
/** The API that tokens are for. */
export const API = 'https://api.example.com'
/** Of all clients of the peers. */
export const SECRET = 'benchmark-secret-0123456789abcdef'

/** A file of its own for a database, gone with the process. */
export function databaseFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  process.on('SIGTERM', () => process.exit())
  return join(folder, 'server.db')
}

/** The same durability for all: every commit is on the disk before its answer. */
export const DURABILITY = 'pragma journal_mode = wal; pragma synchronous = full'

/** A PKCE pair (RFC 7636). */
export function pkcePair(): { readonly verifier: string; readonly challenge: string } {
  const verifier = randomBytes(32).toString('base64url')
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}

/** The value of `Authorization` for `client_secret_basic`. */
export const basic = (id: string, secret: string): string =>
  `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`

/** Announces a server, and does what the benchmark asks: its CPU, a number of codes, sweeping. */
export function offer({ codes, sweep, ...facts }: Target): void {
  process.on('message', (asked) => {
    void answer(asked).then((value) => {
      if (process.connected) process.send?.(value)
    })
  })
  process.on('disconnect', () => process.exit())
  process.send?.(facts)

  async function answer(asked: unknown): Promise<unknown> {
    if (typeof asked === 'number') return await codes(asked)
    if (typeof asked === 'boolean') return sweep?.(asked) ?? 0
    const { user, system } = process.cpuUsage()
    return user + system
  }
}

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { TestClient } from './authority.ts'
import type { GivenCode } from './grants.ts'
import type { TestPerson } from './people.ts'

const SCRIPT = fileURLToPath(new URL('serve-file.ts', import.meta.url))

/** An authority in a process of its own, to be killed. */
export interface ServingProcess {
  readonly child: ChildProcess
  readonly url: string
  /** On a new database only. */
  readonly clients: Readonly<Record<'jwt' | 'opaque' | 'app' | 'device', TestClient>>
  /** Codes that a person gave to `clients.app`; on a new database only. */
  readonly codes: readonly GivenCode[]
  /** Somebody who can sign in; on a new database only. */
  readonly user: TestPerson
}

/** Starts `serve-file.ts` on a database, and waits until it listens. */
export async function startServing(
  database: string,
  secret: string,
  isNew: boolean,
): Promise<ServingProcess> {
  const args = ['--conditions=@countersign/source', SCRIPT, database, secret]
  const child = spawn(process.execPath, [...args, isNew ? 'new' : 'old'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(createInterface(child.stdout), 'line')
  // Written by serve-file.ts.
  return { child, ...(JSON.parse(String(line)) as Omit<ServingProcess, 'child'>) }
}

/** Kills a process as a power cut does, and waits for its end. */
export async function kill({ child }: ServingProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

/** Posts a form with the client's secret in it. */
export const postAs = (
  url: string,
  client: TestClient,
  form: Readonly<Record<string, string>>,
): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    body: new URLSearchParams({ ...form, client_id: client.id, client_secret: client.secret }),
  })

import assert from 'node:assert/strict'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startPostgres, type PostgresServer } from '../../packages/server/src/testing/postgres.ts'

const hasNginx = spawnSync('nginx', ['-v']).error === undefined
const skip = hasNginx ? false : 'nginx is not installed'
const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

interface Node {
  readonly child: ChildProcess
  readonly port: number
  readonly key: string | undefined
}

const newSecret = (): string => randomBytes(32).toString('base64url')

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

describe('two nodes behind nginx', { skip }, () => {
  let postgres: PostgresServer
  let folder: string
  let issuer: string
  let nginx: ChildProcess
  let environment: Record<string, string>
  const nodes: Node[] = []

  async function startNode(port: number): Promise<Node> {
    const child = spawn(process.execPath, ['--conditions=@countersign/source', file('node.ts')], {
      env: { ...process.env, ...environment, PORT: String(port), FIRST_KEY: 'yes' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = await once(createInterface(child.stdout), 'line')
    // Printed by node.ts.
    const { key } = JSON.parse(String(line)) as { readonly key?: string }
    return { child, port, key }
  }

  async function restart(index: number): Promise<void> {
    const node = nodes[index]
    assert.ok(node !== undefined)
    const gone = once(node.child, 'exit')
    node.child.kill('SIGTERM')
    await gone
    nodes[index] = await startNode(node.port)
  }

  before(async () => {
    postgres = await startPostgres()
    folder = mkdtempSync(join(tmpdir(), 'countersign-nginx-'))
    chmodSync(folder, 0o755)
    const [a, b, front] = [await freePort(), await freePort(), await freePort()]
    issuer = `http://127.0.0.1:${front}`
    const secrets = join(folder, 'secrets.json')
    writeFileSync(secrets, JSON.stringify({ pepper: newSecret(), kek: newSecret() }), {
      mode: 0o600,
    })
    environment = { DATABASE_URL: await postgres.create(), ISSUER: issuer, SECRETS: secrets }
    nodes.push(await startNode(a), await startNode(b))
    const config = readFileSync(file('nginx.conf'), 'utf8')
      .replaceAll('$port_a', String(a))
      .replaceAll('$port_b', String(b))
      .replace(':$port;', `:${front};`)
    writeFileSync(join(folder, 'nginx.conf'), config)
    nginx = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'], {
      stdio: ['ignore', 'ignore', 'ignore'],
    })
    for (;;) {
      assert.equal(nginx.exitCode, null, 'nginx does not start')
      // oxlint-disable-next-line no-await-in-loop -- until nginx listens
      if (
        await fetch(`${issuer}/healthz`).then(
          ({ ok }) => ok,
          () => false,
        )
      )
        break
      // oxlint-disable-next-line no-await-in-loop -- a process of its own starts meanwhile
      await setTimeout(20)
    }
  })
  after(async () => {
    nginx.kill('SIGTERM')
    for (const { child } of nodes) child.kill('SIGTERM')
    await Promise.all(
      [nginx, ...nodes.map(({ child }) => child)].map((child) => once(child, 'exit')),
    )
    await postgres.dispose()
    rmSync(folder, { recursive: true, force: true })
  })

  const call = async (
    method: string,
    path: string,
    body?: object,
  ): Promise<Record<string, string>> => {
    const headers = { authorization: `Bearer ${nodes[0]?.key ?? nodes[1]?.key}` }
    const answer = await fetch(`${issuer}${path}`, {
      method,
      headers: { ...headers, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`)
    // Members that these tests read are text.
    return JSON.parse(text === '' ? '{}' : text) as Record<string, string>
  }

  it('restart one after the other under load, and no request is lost', async () => {
    const key = nodes[0]?.key ?? nodes[1]?.key
    const client = await call('POST', '/v1/clients', {
      name: 'app',
      scopes: ['orders:read'],
      grantTypes: ['client_credentials'],
      audiences: ['https://api.example.com'],
      tokenEndpointAuthMethod: 'client_secret_post',
    })
    const { clientId, id = clientId ?? '', clientSecret, secret = clientSecret ?? '' } = client
    const form = { grant_type: 'client_credentials', client_id: id, client_secret: secret }
    const answers = new Map<number, number>()
    const stop = new AbortController()
    const load = async (send: () => Promise<Response>): Promise<void> => {
      while (!stop.signal.aborted) {
        // oxlint-disable-next-line no-await-in-loop -- one caller after its own answer
        const status = await send().then(async (answer) => {
          await answer.arrayBuffer()
          return answer.status
        })
        answers.set(status, (answers.get(status) ?? 0) + 1)
      }
    }
    const token = (): Promise<Response> =>
      fetch(`${issuer}/oauth/token`, { method: 'POST', body: new URLSearchParams(form) })
    const list = (): Promise<Response> =>
      fetch(`${issuer}/v1/clients`, { headers: { authorization: `Bearer ${key}` } })
    const loading = Promise.all([load(token), load(token), load(list), load(list)])
    await restart(0)
    await restart(1)
    stop.abort()
    await loading
    assert.deepEqual([...answers.keys()], [200], JSON.stringify([...answers]))
    assert.ok((answers.get(200) ?? 0) > 50)
  })
})

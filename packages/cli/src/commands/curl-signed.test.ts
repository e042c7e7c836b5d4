import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, test } from 'node:test'
import { guard, memoryReplay, Secret } from 'countersign'
import { httpSignature } from 'countersign/http-signature'
import { protect } from 'countersign/node'
import { sigv4 } from 'countersign/sigv4'
import { EXIT } from '../exit.ts'
import { runHere } from '../testing/in-process.ts'
import { temporaryFolder } from '../testing/spawn.ts'

const temporary = temporaryFolder()
const folder = temporary.path
const SECRET = 'a secret of at least thirty-two bytes, for HMAC'
const { publicKey, privateKey } = generateKeyPairSync('ed25519')

const record = { tenant: 'default', principalId: 'svc', scopes: ['orders:read'] }
const KEYS = {
  'hmac-id': { ...record, id: 'hmac-id', algorithm: 'hmac-sha256', secret: new Secret(SECRET) },
  'own-id': { ...record, id: 'own-id', publicJwk: { ...publicKey.export({ format: 'jwk' }) } },
} as const
const replay = memoryReplay({ unsafe: { noFence: true } })
const desk = guard({
  methods: [
    httpSignature({
      algorithms: ['hmac-sha256', 'ed25519'],
      replay,
      source: {
        kind: 'records',
        find: (id) => (id === 'hmac-id' || id === 'own-id' ? KEYS[id] : undefined),
      },
    }),
    sigv4({
      region: 'local',
      service: 'countersign',
      replay,
      source: {
        find: (id) =>
          id === 'hmac-id' ? { ...record, id, key: { secret: new Secret(SECRET) } } : undefined,
      },
    }),
  ],
})
const seen: string[] = []
const server = createServer(
  protect(desk, { scopes: ['orders:read'] }, (request, response, principal) => {
    seen.push(`${request.method} ${request.url} ${principal.method}`)
    response.end()
  }),
)
let origin = ''

before(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  assert(typeof address === 'object' && address !== null)
  origin = `http://127.0.0.1:${address.port}`
  const jwk = JSON.stringify(privateKey.export({ format: 'jwk' }))
  for (const [name, method, input] of [
    ['hmac', 'hmac-key', SECRET],
    ['own', 'private-key', jwk],
  ] as const) {
    const args = [
      'credentials',
      'add',
      name,
      '--method',
      method,
      '--for',
      origin,
      '--id',
      `${name}-id`,
    ]
    assert.equal((await runHere(args, { folder, input })).code, EXIT.ok)
  }
})
after(() => {
  server.closeAllConnections()
  server.close()
  temporary.dispose()
})

const curl = (name: string, flags: readonly string[], ...args: readonly string[]) =>
  runHere(['curl', '--as', name, ...flags, '--', '-sS', '-f', '-o', '/dev/null', ...args], {
    folder,
  })

for (const [name, scheme] of [
  ['hmac', 'http-signature'],
  ['own', 'http-signature'],
  ['hmac', 'sigv4'],
] as const) {
  test(`curl --as signs ${scheme} with the stored key ${name}, body and all`, async () => {
    for (const [args, expected] of [
      [[`${origin}/orders?x=[1]`], `GET /orders?x=[1] ${scheme}`],
      [['--json', '{"a":"\\n"}', `${origin}/orders`], `POST /orders ${scheme}`],
      [['-X', 'PUT', '-d', 'a=b', `${origin}/orders`], `PUT /orders ${scheme}`],
    ] as const) {
      const { code, stderr } = await curl(name, ['--scheme', scheme], ...args)
      assert.equal(code, EXIT.ok, stderr)
      assert.equal(seen.at(-1), expected)
    }
  })
}

test('curl --as signs nothing for another origin, and nothing that curl would change', async () => {
  for (const args of [
    ['http://127.0.0.1:1/'],
    ['-L', `${origin}/`],
    ['-G', '-d', 'a', `${origin}/`],
  ]) {
    assert.equal((await curl('hmac', [], ...args)).code, EXIT.usage)
  }
})

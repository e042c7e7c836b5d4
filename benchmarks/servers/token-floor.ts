/** The least a token endpoint can do: parse the form, check an HMAC'd secret, sign; `sync` or `pool`. */
import {
  createHmac,
  generateKeyPairSync,
  randomUUID,
  sign,
  timingSafeEqual,
  type KeyObject,
} from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { announce } from './announce.ts'

const mode = process.argv[2] ?? 'pool'
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pepper = Buffer.alloc(32, 7)
const secret = 'benchmark-secret-0123456789abcdef'
const digest = createHmac('sha256', pepper).update(secret).digest()
const header = Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid: 'k1' })).toString(
  'base64url',
)

const server = createServer((request, response) => {
  let text = ''
  request.setEncoding('utf8')
  request.on('data', (chunk: string) => (text += chunk))
  request.on('end', () => {
    void answer(request, text).then(({ status, body }) => {
      response.writeHead(status, {
        'content-type': 'application/json',
        'cache-control': 'no-store',
      })
      response.end(body)
    })
  })
})

async function answer(
  request: IncomingMessage,
  text: string,
): Promise<{ status: number; body: string }> {
  const form = new URLSearchParams(text)
  const [id, given] = Buffer.from((request.headers.authorization ?? '').slice(6), 'base64')
    .toString()
    .split(':')
  const proof = createHmac('sha256', pepper)
    .update(given ?? '')
    .digest()
  if (
    id !== 'bench' ||
    !timingSafeEqual(proof, digest) ||
    form.get('grant_type') !== 'client_credentials'
  ) {
    return { status: 401, body: '{"error":"invalid_client"}' }
  }
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    iss: 'http://127.0.0.1',
    sub: id,
    client_id: id,
    aud: 'https://api.example',
    iat: now,
    exp: now + 900,
    jti: randomUUID(),
    scope: 'orders:read',
  }
  const input = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`
  const signature =
    mode === 'sync' ? signSync(input, privateKey) : await signPooled(input, privateKey)
  const token = `${input}.${signature}`
  return {
    status: 200,
    body: JSON.stringify({
      access_token: token,
      token_type: 'Bearer',
      expires_in: 900,
      scope: 'orders:read',
    }),
  }
}

// The floor signs as JWS wants it (P1363), in the cheapest way there is for each mode.
const signSync = (input: string, key: KeyObject): string =>
  p1363(sign('sha256', Buffer.from(input), key))
const signPooled = (input: string, key: KeyObject): Promise<string> =>
  new Promise((resolve, reject) => {
    sign('sha256', Buffer.from(input), key, (error, der) =>
      error === null ? resolve(p1363(der)) : reject(error),
    )
  })

function p1363(der: Buffer): string {
  const out = Buffer.alloc(64)
  const rLength = der[3] ?? 0
  const r = der.subarray(4, 4 + rLength)
  const s = der.subarray(6 + rLength)
  r.subarray(-32).copy(out, 32 - Math.min(32, r.length))
  s.subarray(-32).copy(out, 64 - Math.min(32, s.length))
  return out.toString('base64url')
}

announce(server.listen(0, '127.0.0.1'), {
  authorization: `Basic ${Buffer.from(`bench:${secret}`).toString('base64')}`,
})

/** The least an introspection endpoint can do: form, HMAC'd secret, HMAC'd token in a map, JSON. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import { originOf } from './listening.ts'
import { basic, offer, REDIRECT_URI, SECRET } from './oauth-target.ts'

const pepper = Buffer.alloc(32, 7)
const mac = (text: string): Buffer => createHmac('sha256', pepper).update(text).digest()
const digest = mac(SECRET)
const TOKEN = 'cs_at_fmCA7lszwOIB_tosk5XjCQ4yHKXOIBMvhdkSfKwliTpDa2da8dR'
const now = Math.floor(Date.now() / 1000)
const known = new Map([
  [
    mac(TOKEN).toString('base64url'),
    {
      scope: 'orders:read',
      client_id: 'opaque',
      token_type: 'Bearer',
      exp: now + 900,
      iat: now,
      sub: 'opaque',
      aud: 'https://api.example.com',
    },
  ],
])

function answer(authorization: string, text: string): object {
  const [id, secret = ''] = Buffer.from(authorization.slice(6), 'base64').toString().split(':')
  if (id !== 'opaque' || !timingSafeEqual(mac(secret), digest)) return { error: 'invalid_client' }
  const form = new URLSearchParams(text)
  if (form.has('grant_type')) return { access_token: TOKEN }
  const facts = known.get(mac(form.get('token') ?? '').toString('base64url'))
  const active = facts !== undefined && facts.exp > Math.floor(Date.now() / 1000)
  return active ? { active, ...facts } : { active }
}

const server = createServer((request, response) => {
  let text = ''
  request.setEncoding('utf8')
  request.on('data', (chunk: string) => (text += chunk))
  request.on('end', () => {
    const body = JSON.stringify(answer(request.headers.authorization ?? '', text))
    response.writeHead(200, {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'content-length': Buffer.byteLength(body),
    })
    response.end(body)
  })
})
const origin = await originOf(server.listen(0, '127.0.0.1'))
const opaque = basic('opaque', SECRET)
const paths = { tokenPath: '/token', introspectionPath: '/introspect' }
const codes = (): Promise<never> => Promise.reject(new Error('a floor has no codes'))
offer({ origin, ...paths, jwt: '', opaque, app: '', redirectUri: REDIRECT_URI, file: '', codes })

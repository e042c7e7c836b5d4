import { strict as assert } from 'node:assert'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request as plainRequest, type IncomingMessage, type Server } from 'node:http'
import { createServer as createTlsServer, request } from 'node:https'
import { connect, createServer as createTcpServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { protect } from '../../adapters/node.ts'
import { guard } from '../../core/guard.ts'
import { Secret } from '../../core/secret.ts'
import { mintTestCertificate, type TestCertificate } from '../../testing/mint-certificate.ts'
import { thumbprintOf } from './denial.ts'
import { BILLING, byteSequence, identify, PROOF } from './desk.test.ts'
import type { ProxyProof } from './forwarded/proof.ts'
import type { ForwardedDialect } from './forwarded/proxy.ts'
import { TrustStore } from './trust.ts'
import { mtls } from './verify.ts'

/** How the proxy reaches the API, and so how it proves itself. */
type Hop = 'secret' | 'unix socket' | 'certificate' | 'stamp'

/** Where a proxy listens, what is behind it, and where its files are. */
interface Place {
  readonly hop: Hop
  readonly port: number
  readonly upstream: number
  readonly folder: string
}

interface Proxy {
  readonly name: string
  readonly dialect: ForwardedDialect
  readonly version: string
  readonly hops: readonly Hop[]
  readonly file: string
  configure(place: Place): string
  command(file: string): readonly string[]
}

const [FIELD, SECRET] = PROOF
const HOPS: readonly Hop[] = ['secret', 'unix socket', 'certificate']
const KEY = Buffer.from(SECRET).toString('base64')
const SIGNED =
  '%[var(txn.at)] %[method] %[req.hdr(host)] %[pathq] %[ssl_c_der,base64] %[ssl_c_verify] %[ssl_fc_has_crt]'

/** What stands before the fields of the certificate. */
const nginxProof = ({ hop }: Place): string =>
  hop === 'secret' ? `proxy_set_header ${FIELD} ${SECRET};` : ''

const nginxUpstream = ({ hop, upstream, folder }: Place): string => {
  if (hop === 'unix socket') return `proxy_pass http://unix:${folder}/api.sock:;`
  if (hop !== 'certificate') return `proxy_pass http://127.0.0.1:${upstream};`
  return `
            proxy_ssl_certificate ${folder}/proxy.pem; proxy_ssl_certificate_key ${folder}/proxy.pem;
            proxy_ssl_trusted_certificate ${folder}/ca.pem; proxy_ssl_verify on; proxy_ssl_name localhost;
            proxy_pass https://127.0.0.1:${upstream};`
}

const haproxyProof = ({ hop }: Place): string => {
  if (hop === 'secret') return `http-request set-header ${FIELD} ${SECRET}`
  if (hop !== 'stamp') return ''
  return `http-request set-var(txn.at) date
  http-request set-var-fmt(txn.signed) "${SIGNED}"
  http-request set-header ${FIELD} %[var(txn.at)].%[var(txn.signed),hmac(sha256,${KEY}),hex]`
}

const haproxyUpstream = ({ hop, upstream, folder }: Place): string => {
  if (hop === 'unix socket') return `unix@${folder}/api.sock`
  const plain = `127.0.0.1:${upstream}`
  const tls = `ssl crt ${folder}/proxy.pem ca-file ${folder}/ca.pem verify required verifyhost localhost`
  return hop === 'certificate' ? `${plain} ${tls}` : plain
}

const caddyUpstream = ({ hop, upstream, folder }: Place): string =>
  hop === 'unix socket' ? `unix/${folder}/api.sock` : `127.0.0.1:${upstream}`

const caddyProof = ({ hop, folder }: Place): string => {
  if (hop === 'secret') return `header_up ${FIELD} ${SECRET}`
  if (hop !== 'certificate') return ''
  return `transport http {
      tls_client_auth ${folder}/proxy.pem ${folder}/proxy.pem
      tls_trusted_ca_certs ${folder}/ca.pem
      tls_server_name localhost
    }`
}

/** The configurations that the documentation shows. */
const PROXIES: readonly Proxy[] = [
  {
    name: 'nginx',
    dialect: 'nginx',
    version: '-v',
    hops: HOPS,
    file: 'nginx.conf',
    command: (file) => ['-c', file, '-e', 'stderr'],
    configure: (place) => `
      daemon off; master_process off; pid ${place.folder}/nginx.pid; error_log stderr crit;
      events {}
      http {
        access_log off;
        client_body_temp_path ${place.folder}/a; proxy_temp_path ${place.folder}/b; fastcgi_temp_path ${place.folder}/c;
        uwsgi_temp_path ${place.folder}/d; scgi_temp_path ${place.folder}/e;
        server {
          listen 127.0.0.1:${place.port} ssl;
          ssl_certificate ${place.folder}/host.pem; ssl_certificate_key ${place.folder}/host.pem;
          ssl_client_certificate ${place.folder}/ca.pem; ssl_verify_client optional;
          location / {
            ${nginxProof(place)}
            proxy_set_header ssl-client-cert $ssl_client_escaped_cert;
            proxy_set_header ssl-client-verify $ssl_client_verify;
            ${nginxUpstream(place)}
          }
        }
      }`,
  },
  {
    name: 'haproxy',
    dialect: 'haproxy',
    version: '-v',
    // Neither nginx nor Caddy can make an HMAC without a module.
    hops: [...HOPS, 'stamp'],
    file: 'haproxy.cfg',
    command: (file) => ['-q', '-f', file],
    configure: (place) => `
defaults
  mode http
  timeout connect 5s
  timeout client 5s
  timeout server 5s
frontend tls
  bind 127.0.0.1:${place.port} ssl crt ${place.folder}/host.pem ca-file ${place.folder}/ca.pem verify optional
  ${haproxyProof(place)}
  http-request set-header x-ssl-client-der %[ssl_c_der,base64]
  http-request set-header x-ssl-client-verify %[ssl_c_verify]
  http-request set-header x-ssl-client-used %[ssl_fc_has_crt]
  default_backend api
backend api
  server api ${haproxyUpstream(place)}
`,
  },
  {
    name: 'caddy',
    dialect: 'rfc9440',
    version: 'version',
    hops: HOPS,
    file: 'Caddyfile',
    command: (file) => ['run', '--adapter', 'caddyfile', '--config', file],
    configure: (place) => `
{
  admin off
  auto_https off
}
https://localhost:${place.port} {
  bind 127.0.0.1
  tls ${place.folder}/host.pem ${place.folder}/host.pem {
    client_auth {
      mode verify_if_given
      trusted_ca_cert_file ${place.folder}/ca.pem
    }
  }
  reverse_proxy ${caddyUpstream(place)} {
    header_up -Client-Cert-Chain
    header_up Client-Cert ":{tls_client_certificate_der_base64}:"
    ${caddyProof(place)}
  }
}
`,
  },
]

const isInstalled = ({ name, version }: Proxy): boolean => spawnSync(name, [version]).status === 0

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on a port has an address of this form.
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Waits until something listens, or what should listen has ended. */
async function untilListening(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200 && child.exitCode === null; tries += 1) {
    const socket = connect(port, '127.0.0.1')
    const open = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (open) return
    await delay(25)
  }
  throw new Error('the proxy does not listen')
}

type Headers = readonly (readonly [string, string])[]

interface Got {
  readonly status: number | undefined
  readonly body: string
}

async function answerOf(sent: ReturnType<typeof request>): Promise<Got> {
  sent.end()
  // `once` does not know the events of a request.
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  response.setEncoding('utf8')
  let body = ''
  for await (const chunk of response) body += String(chunk)
  return { status: response.statusCode, body }
}

async function proofOf(hop: Hop, proxy: TestCertificate): Promise<ProxyProof> {
  const secrets = [new Secret(SECRET)]
  if (hop === 'unix socket') return { unixSocket: true }
  if (hop === 'stamp') return { field: FIELD, hmacSecrets: secrets }
  if (hop === 'secret') return { field: FIELD, secrets }
  return { certificate: { thumbprints: [await thumbprintOf(proxy.der)] } }
}

const TRIALS = PROXIES.flatMap((proxy) => proxy.hops.map((hop) => ({ proxy, hop })))

for (const { proxy, hop } of TRIALS) {
  const skip = isInstalled(proxy) ? false : `${proxy.name} is not installed`
  describe(`client certificates through ${proxy.name}, proven by ${hop} (SR-303, SR-057)`, {
    skip,
  }, () => {
    let folder: string
    let authority: TestCertificate
    let leaf: TestCertificate
    let port: number
    let upstream: number
    let server: Server
    let child: ChildProcess

    before(async () => {
      folder = mkdtempSync(join(tmpdir(), 'countersign-proxy-'))
      authority = await mintTestCertificate({ name: 'ca', ca: true })
      const own = { issuer: authority, dnsNames: ['localhost'], purposes: ['server'] } as const
      const host = await mintTestCertificate(own)
      leaf = await mintTestCertificate({ issuer: authority, uris: [BILLING] })
      const itself = await mintTestCertificate({ name: 'proxy' })
      const anchors = [{ name: 'ca', certificate: authority.der, state: 'active' }] as const
      const trust = new TrustStore([{ trustDomain: 'prod.example', anchors }])
      const method = mtls({
        trust,
        identify,
        from: { dialect: proxy.dialect, proof: await proofOf(hop, itself) },
      })
      const listener = protect(
        guard({ methods: [method] }),
        undefined,
        (_, response, principal) => {
          response.end(principal.id)
        },
      )
      const tls = { key: host.keyPem, cert: host.pem, requestCert: true, rejectUnauthorized: false }
      server = hop === 'certificate' ? createTlsServer(tls, listener) : createServer(listener)
      upstream = await freePort()
      const socket = join(folder, 'api.sock')
      server.listen(
        hop === 'unix socket' ? { path: socket } : { port: upstream, host: '127.0.0.1' },
      )
      await once(server, 'listening')
      port = await freePort()
      writeFileSync(join(folder, 'host.pem'), host.pem + host.keyPem)
      writeFileSync(join(folder, 'proxy.pem'), itself.pem + itself.keyPem)
      writeFileSync(join(folder, 'ca.pem'), authority.pem)
      const file = join(folder, proxy.file)
      writeFileSync(file, proxy.configure({ hop, port, upstream, folder }))
      const env = { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder }
      child = spawn(proxy.name, proxy.command(file), { stdio: 'ignore', env })
      await untilListening(port, child)
    })

    after(async () => {
      const ended = child.exitCode === null ? once(child, 'exit') : undefined
      child.kill('SIGTERM')
      await ended
      server.closeAllConnections()
      server.close()
      rmSync(folder, { recursive: true, force: true })
    })

    async function get(
      certificate: TestCertificate | undefined,
      headers: Headers = [],
    ): Promise<Got> {
      const own =
        certificate === undefined ? {} : { cert: certificate.pem, key: certificate.keyPem }
      const to = { host: '127.0.0.1', port, servername: 'localhost', ca: authority.pem }
      const fields = [['host', `localhost:${port}`] as const, ...headers]
      return await answerOf(request({ ...to, ...own, agent: false, headers: fields.flat() }))
    }

    /** What a client without a certificate would like to have said about it. */
    const forged = (): Headers => [
      ['client-cert', byteSequence(leaf.der)],
      ['client-cert-chain', byteSequence(authority.der)],
      ['ssl-client-cert', encodeURIComponent(leaf.pem)],
      ['ssl-client-verify', 'SUCCESS'],
      ['x-ssl-client-der', Buffer.from(leaf.der).toString('base64')],
      ['x-ssl-client-verify', '0'],
      ['x-ssl-client-used', '1'],
      ['x-forwarded-client-cert', `Cert="${encodeURIComponent(leaf.pem)}"`],
    ]

    it('accepts the certificate that the proxy saw', async () => {
      assert.deepEqual(await get(leaf), { status: 200, body: BILLING })
    })

    it('takes a client without a certificate for one without a credential', async () => {
      const { status, body } = await get(undefined)
      assert.equal(status, 401)
      assert.match(body, /credential-missing/)
    })

    it('believes no field that a client wrote', async () => {
      const { status, body } = await get(undefined, forged())
      assert.equal(status, 401)
      assert.match(body, /credential-missing/)
      assert.deepEqual(await get(leaf, forged()), { status: 200, body: BILLING })
    })

    it('believes no underscore twin', async () => {
      const twins = forged().map(([name, value]) => [name.replaceAll('-', '_'), value] as const)
      const { status } = await get(undefined, twins)
      assert.ok(status === 400 || status === 401, String(status))
    })

    // With a unix socket there is no way around but the permissions of its file.
    it('believes nobody who goes around the proxy', {
      skip: hop === 'unix socket' && 'a socket of this machine has no way around',
    }, async () => {
      const fields = [['host', 'localhost'] as const, ...forged()]
      const to = { host: '127.0.0.1', port: upstream, agent: false, headers: fields.flat() }
      const secure = { ...to, ca: authority.pem, servername: 'localhost' }
      const tls = hop === 'certificate'
      const { status, body } = await answerOf(tls ? request(secure) : plainRequest(to))
      assert.equal(status, 401)
      assert.match(body, /credential-missing/)
      if (!tls) return
      const certified = request({ ...secure, cert: leaf.pem, key: leaf.keyPem })
      assert.equal((await answerOf(certified)).status, 401)
    })
  })
}

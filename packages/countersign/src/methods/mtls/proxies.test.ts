import { strict as assert } from 'node:assert'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request as plainRequest, type IncomingMessage, type Server } from 'node:http'
import { request } from 'node:https'
import { connect, createServer as createTcpServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { protect } from '../../adapters/node.ts'
import { guard } from '../../core/guard.ts'
import { mintTestCertificate, type TestCertificate } from '../../testing/mint-certificate.ts'
import { BILLING, byteSequence, identify, PROOF, proxyOf } from './desk.test.ts'
import type { ForwardedDialect } from './forwarded/proxy.ts'
import { TrustStore } from './trust.ts'
import { mtls } from './verify.ts'

/** Where a proxy listens, what is behind it, and where its files are. */
interface Place {
  readonly port: number
  readonly upstream: number
  readonly folder: string
}

interface Proxy {
  readonly name: string
  readonly dialect: ForwardedDialect
  readonly version: string
  readonly file: string
  configure(place: Place): string
  command(file: string): readonly string[]
}

const [FIELD, SECRET] = PROOF

/** The configurations that the documentation shows. */
const PROXIES: readonly Proxy[] = [
  {
    name: 'nginx',
    dialect: 'nginx',
    version: '-v',
    file: 'nginx.conf',
    command: (file) => ['-c', file, '-e', 'stderr'],
    configure: ({ port, upstream, folder }) => `
      daemon off; master_process off; pid ${folder}/nginx.pid; error_log stderr crit;
      events {}
      http {
        access_log off;
        client_body_temp_path ${folder}/a; proxy_temp_path ${folder}/b; fastcgi_temp_path ${folder}/c;
        uwsgi_temp_path ${folder}/d; scgi_temp_path ${folder}/e;
        server {
          listen 127.0.0.1:${port} ssl;
          ssl_certificate ${folder}/host.pem; ssl_certificate_key ${folder}/host.pem;
          ssl_client_certificate ${folder}/ca.pem; ssl_verify_client optional;
          location / {
            proxy_set_header ${FIELD} ${SECRET};
            proxy_set_header ssl-client-cert $ssl_client_escaped_cert;
            proxy_set_header ssl-client-verify $ssl_client_verify;
            proxy_pass http://127.0.0.1:${upstream};
          }
        }
      }`,
  },
  {
    name: 'haproxy',
    dialect: 'haproxy',
    version: '-v',
    file: 'haproxy.cfg',
    command: (file) => ['-q', '-f', file],
    configure: ({ port, upstream, folder }) => `
defaults
  mode http
  timeout connect 5s
  timeout client 5s
  timeout server 5s
frontend tls
  bind 127.0.0.1:${port} ssl crt ${folder}/host.pem ca-file ${folder}/ca.pem verify optional
  http-request set-header ${FIELD} ${SECRET}
  http-request set-header x-ssl-client-der %[ssl_c_der,base64]
  http-request set-header x-ssl-client-verify %[ssl_c_verify]
  http-request set-header x-ssl-client-used %[ssl_fc_has_crt]
  default_backend api
backend api
  server api 127.0.0.1:${upstream}
`,
  },
  {
    name: 'caddy',
    dialect: 'rfc9440',
    version: 'version',
    file: 'Caddyfile',
    command: (file) => ['run', '--adapter', 'caddyfile', '--config', file],
    configure: ({ port, upstream, folder }) => `
{
  admin off
  auto_https off
}
https://localhost:${port} {
  bind 127.0.0.1
  tls ${folder}/host.pem ${folder}/host.pem {
    client_auth {
      mode verify_if_given
      trusted_ca_cert_file ${folder}/ca.pem
    }
  }
  reverse_proxy 127.0.0.1:${upstream} {
    header_up -Client-Cert-Chain
    header_up Client-Cert ":{tls_client_certificate_der_base64}:"
    header_up ${FIELD} ${SECRET}
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

for (const proxy of PROXIES) {
  const skip = isInstalled(proxy) ? false : `${proxy.name} is not installed`
  describe(`client certificates through ${proxy.name} (SR-303)`, { skip }, () => {
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
      const anchors = [{ name: 'ca', certificate: authority.der, state: 'active' }] as const
      const trust = new TrustStore([{ trustDomain: 'prod.example', anchors }])
      const method = mtls({ trust, identify, from: proxyOf(proxy.dialect) })
      server = createServer(
        protect(guard({ methods: [method] }), undefined, (_, response, principal) => {
          response.end(principal.id)
        }),
      )
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      // A server that listens on a port has an address of this form.
      upstream = (server.address() as AddressInfo).port
      port = await freePort()
      writeFileSync(join(folder, 'host.pem'), host.pem + host.keyPem)
      writeFileSync(join(folder, 'ca.pem'), authority.pem)
      const file = join(folder, proxy.file)
      writeFileSync(file, proxy.configure({ port, upstream, folder }))
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

    it('believes nobody who goes around the proxy', async () => {
      const fields = [['host', 'localhost'] as const, ...forged()]
      const to = { host: '127.0.0.1', port: upstream, agent: false, headers: fields.flat() }
      const { status, body } = await answerOf(plainRequest(to))
      assert.equal(status, 401)
      assert.match(body, /credential-missing/)
    })
  })
}

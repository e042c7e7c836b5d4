/** One route over TLS that answers JSON: `mtls.ts <bare|asked|countersign>`. */
import { createServer } from 'node:https'
import { guard } from 'countersign'
import { identityRules, mtls, TrustStore } from 'countersign/mtls'
import { protect } from 'countersign/node'
import { mintTestCertificate } from '../../packages/countersign/src/testing/mint-certificate.ts'
import { announce } from './announce.ts'

const [protection = 'bare'] = process.argv.slice(2)
const ID = 'spiffe://prod.example/billing'
const authority = await mintTestCertificate({ name: 'ca', ca: true })
const own = { issuer: authority, dnsNames: ['localhost'], purposes: ['server'] } as const
const host = await mintTestCertificate(own)
const client = await mintTestCertificate({ issuer: authority, name: 'billing', uris: [ID] })
const desk = guard({
  methods: [
    mtls({
      trust: new TrustStore([
        {
          trustDomain: 'prod.example',
          anchors: [{ name: 'ca', certificate: authority.der, state: 'active' }],
        },
      ]),
      identify: identityRules([{ spiffe: ID, tenant: 'default', scopes: ['orders:read'] }]),
    }),
  ],
})
const text = JSON.stringify({ hello: 'world' })
const tls = { key: host.keyPem, cert: host.pem, ca: authority.pem }
const asks = { requestCert: true, rejectUnauthorized: protection === 'asked' }
const handler = (_: unknown, response: { end(body: string): unknown }): void =>
  void response.end(text)

const server = createServer(
  protection === 'bare' ? tls : { ...tls, ...asks },
  protection === 'countersign' ? protect(desk, { scopes: ['orders:read'] }, handler) : handler,
)
announce(server.listen(0, '127.0.0.1'), { cert: client.pem, key: client.keyPem }, 'https')

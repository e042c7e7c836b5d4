/**
 * What does a request cost whose client is known by its certificate? 64 connections are kept alive,
 * so that handshakes do not count; the guard looks at the certificate on every request.
 */
import { compareHttp, type HttpContender } from './lib/http.ts'
import { report } from './lib/report.ts'

const base = 'node:https that asks for certificates'
const contender = (name: string, protection: string): HttpContender => ({
  name,
  file: 'mtls',
  args: [protection],
})

const rows = await compareHttp(
  [
    contender(base, 'asked'),
    contender('the same, with the guard', 'countersign'),
    contender('node:https without client certificates', 'bare'),
  ],
  base,
  ({ cert = '', key = '' }) => ({
    path: '/',
    // The client trusts whatever serves the benchmark.
    tlsOptions: { cert, key, servername: 'localhost', rejectUnauthorized: false },
  }),
)
report('mtls-requests', [{ title: 'A route over TLS, connections kept alive', base, rows }])

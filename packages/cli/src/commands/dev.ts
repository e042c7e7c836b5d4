import process from 'node:process'
import type { Call, CommandSpec } from '../command.ts'
import { loadConfig } from '../config/load.ts'
import type { DevInstallation } from '../dev/run.ts'
import { invocationOf } from '../dev/invocation.ts'
import type { TryIt } from '../dev/line.ts'
import { tryIt } from '../dev/try-it.ts'
import { LISTENER_FLAGS, listenerLayer, untilInterrupted } from '../serving/listener.ts'

const dev: CommandSpec = {
  name: 'dev',
  summary: 'run everything on this machine, with a demo API and lines to paste',
  details:
    'Runs an authority and a protected demo API on loopback, with and without TLS, with one credential of each pattern, and prints a working line for each. Real cryptography; never for production: the credentials are printed. A second run on the same folder continues.',
  example: 'dev',
  scope: 'config',
  flags: LISTENER_FLAGS,
  run: async (call) => {
    const { config } = await loadConfig(call, listenerLayer(call.flags))
    const { runDev } = await import('../dev/run.ts')
    const installation = await runDev(config, call)
    const { origin, data, credentials, secure } = installation
    const invocation = invocationOf(process, { folder: call.folder, data })
    const lines = tryIt({ origin, credentials, invocation, secure })
    const jwks = `${origin}/oauth/jwks`
    // The console has no pages yet.
    const facts = { issuer: origin, https: secure.origin, console: null, jwks, data }
    call.terminal.result({ ...facts, tryIt: lines }, () => {
      print(call, installation, lines)
    })
    await untilInterrupted(call.signal)
  },
}

const MEANINGS: Readonly<Record<string, string>> = {
  'api-key': 'API key',
  jwt: 'Client credentials: a JWT, verified without asking anybody',
  opaque: 'Client credentials: an opaque token, looked up',
  basic: 'Basic (over plain http on loopback only: unsafe.allowHttp)',
  code: 'Code flow with PKCE: alice signs in and agrees; leave --headless out to use a browser',
  refresh: 'A refresh token, used twice at once: the same successor, nobody signed out',
  device: 'Device flow (takes the 5 seconds that a device waits)',
  'token-exchange': 'Token exchange: who acts for whom',
  'http-signature': 'RFC 9421, HMAC: signed; with another body: refused; sent twice: refused',
  'http-signature-ed25519': 'RFC 9421, Ed25519: the authority knows the public key only',
  dpop: 'A JWT that is bound to a key (RFC 9449); as a mere bearer token it is refused',
  sigv4: 'AWS Signature Version 4, signed by curl itself',
  presigned: 'A URL that works once, for five minutes',
  stored: 'The same, with a credential from the data folder',
  mtls: 'A client certificate, by a CA of this authority; without one: 401',
  'mtls-bound': 'A JWT that is bound to the certificate of its client (RFC 8705); stolen: refused',
  'mtls-revoked': 'Accepted; revoked; refused, on live connections as well',
  'missing-credential': 'No credential: 401, and the schemes that would do',
  'missing-scope': 'A good key without the scope: 403',
  explain: 'Why was that refused?',
  revoke: 'Accepted; revoked; refused',
  'revoke-jwt': 'A JWT, revoked before it expires',
}

function print({ terminal }: Call, installation: DevInstallation, lines: readonly TryIt[]): void {
  const { origin, data, isNew, secure } = installation
  const rule = '='.repeat(72)
  terminal.line(terminal.paint('yellow', rule))
  terminal.line(terminal.paint('bold', '  countersign dev: for development on this machine only'))
  terminal.line('  The credentials below are printed, and passwords cross plain http.')
  terminal.line(terminal.paint('yellow', rule))
  terminal.facts([
    ['issuer', origin],
    ['https', secure.origin],
    ['jwks', `${origin}/oauth/jwks`],
    ['openapi', `${origin}/v1/openapi.json`],
    ['data', `${data} (${isNew ? 'new' : 'continued'})`],
  ])
  let method = ''
  for (const line of lines) {
    if (line.method !== method) {
      method = line.method
      terminal.line(`\n${terminal.paint('cyan', `# ${MEANINGS[method] ?? method}`)}`)
    }
    terminal.line(line.command)
  }
  terminal.line(`\nPaste any line into another terminal. ${terminal.paint('bold', 'Ctrl-C')} ends.`)
}

/** `dev`. */
export const devCommands: readonly CommandSpec[] = [dev]

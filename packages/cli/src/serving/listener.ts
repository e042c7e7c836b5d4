import { createServer } from 'node:net'
import process from 'node:process'
import type { Layer } from '@countersign/server/config'
import type { FlagSpec } from '../command.ts'
import { CliError } from '../exit.ts'
import type { Flags } from '../flags.ts'

/** Flags of commands that listen. */
export const LISTENER_FLAGS: readonly FlagSpec[] = [
  { spelling: '--host <address>', summary: 'address to listen on (default: 127.0.0.1)' },
  { spelling: '--port <port>', summary: 'port to listen on; 0 takes a free one (default: 4180)' },
]

/** Flags of a listener with TLS. */
export const TLS_FLAGS: readonly FlagSpec[] = [
  { spelling: '--tls-certificate <file>', summary: 'serve https with this certificate, PEM' },
  { spelling: '--tls-key <file>', summary: 'the private key of the certificate, PEM' },
]

const fileReference = (path: string | undefined): string | undefined =>
  path === undefined ? undefined : `file:${path}`

/** The flags of TLS as a layer of the configuration. */
export function tlsLayer(flags: Flags): Layer {
  const [certificate, key] = [flags.text('tlsCertificate'), flags.text('tlsKey')]
  if (certificate === undefined && key === undefined) return {}
  return { tls: { certificate: fileReference(certificate), key: fileReference(key) } }
}

/** The flags of the listener as a layer of the configuration. */
export function listenerLayer(flags: Flags): Layer {
  return { host: flags.text('host'), port: flags.integer('port') }
}

/**
 * The port itself, or a free one for 0. The issuer names the port and is fixed before anything
 * listens, so a free port is found first; should another process take it in between, listening
 * fails and says so.
 */
export async function choosePort(host: string, port: number): Promise<number> {
  if (port !== 0) return port
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', () => {
      reject(new CliError('failure', `cannot listen on ${host}`))
    })
    server.listen({ host, port: 0 }, resolve)
  })
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Resolves when the process is asked to end. */
export const untilInterrupted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => {
      resolve()
    })
  })

/** Calls back at every SIGHUP, by which operators ask for files to be read anew. Returns the way to stop. */
export function onHangup(listener: () => Promise<void>): () => void {
  const hangup = (): void => void listener()
  process.on('SIGHUP', hangup)
  return () => process.off('SIGHUP', hangup)
}

import { resolve as resolvePath } from 'node:path'
import { ConfigError } from 'countersign'
import type { ListenerTls } from '../http/tls/listener.ts'
import type { Config } from './schema.ts'

/** TLS of the listener, as `serve` takes it. */
export type TlsConfig = ListenerTls

/** Refuses a block that names no certificate, half of one, or two. */
export function assertTls(tls: Config['tls']): void {
  if (tls === undefined) return
  const { certificate, key, dnsNames } = tls
  const files = [certificate, key].filter((file) => file !== undefined).length
  if (files === (dnsNames === undefined ? 2 : 0)) return
  throw new ConfigError(
    'CS_CONFIG_TLS',
    'tls: name both certificate and key, or instead of them dnsNames',
  )
}

/** Makes the paths absolute. */
export function resolveTls(tls: Config['tls'], folder: string): TlsConfig | undefined {
  if (tls === undefined) return undefined
  const { certificate = '', key = '', dnsNames, requestClientCertificates = true } = tls
  if (dnsNames !== undefined) return { issue: { dnsNames }, requestClientCertificates }
  const path = (file: string): string => resolvePath(folder, file.slice('file:'.length))
  return { certificate: path(certificate), key: path(key), requestClientCertificates }
}

import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { scratchFolder } from '../../testing/scratch.ts'

const folder = scratchFolder()

/** Why tests with OpenSSL are skipped, or `false` where it is installed. */
export const NO_OPENSSL: string | false =
  spawnSync('openssl', ['version']).status === 0 ? false : 'the openssl program is not installed'

/** Keys that `openssl req -newkey` makes: the name, and its arguments. */
export const OPENSSL_KEYS: Readonly<Record<string, readonly string[]>> = {
  'RSA-2048': ['rsa:2048'],
  'P-256': ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  'P-384': ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  Ed25519: ['ed25519'],
}

/** A request that OpenSSL made, and its private key. Both PEM. */
export interface OpensslRequest {
  readonly csr: string
  readonly key: string
}

/** Lets `openssl req` make a key and a request. */
export function opensslRequest(
  newkey: readonly string[],
  more: readonly string[] = [],
): OpensslRequest {
  const key = newFile()
  const args = ['req', '-new', '-nodes', '-subj', '/CN=admin', '-newkey', ...newkey]
  const csr = openssl([...args, '-keyout', key, ...more])
  return { csr, key: readFileSync(key, 'utf8') }
}

/** What `openssl verify` is given beside the certificate. */
export interface OpensslTrust {
  readonly now: number
  readonly root: string
  readonly intermediate?: string
  /** Checked when present: every certificate of the chain but the root must have a list here. */
  readonly crl?: string
  readonly purpose?: 'sslclient' | 'sslserver'
}

/** `openssl verify -x509_strict` on a PEM certificate: `OK`, or what it complains of. */
export function opensslVerify(certificate: string, trust: OpensslTrust): string {
  const { now, root, intermediate, crl, purpose = 'sslclient' } = trust
  const args = ['verify', '-x509_strict', '-purpose', purpose, '-attime', String(now)]
  const extra = [
    '-CAfile',
    file(root),
    ...(intermediate === undefined ? [] : ['-untrusted', file(intermediate)]),
    ...(crl === undefined ? [] : ['-crl_check', '-CRLfile', file(crl)]),
    file(certificate),
  ]
  const { status, stderr } = spawnSync('openssl', [...args, ...extra], { encoding: 'utf8' })
  return status === 0 ? 'OK' : stderr
}

/** `openssl <kind> -text` of a PEM text. */
export const opensslText = (kind: 'x509' | 'crl', pem: string): string =>
  openssl([kind, '-noout', '-text', '-in', file(pem)])

function openssl(args: readonly string[]): string {
  return execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

let files = 0

function newFile(): string {
  files += 1
  return join(folder, `${files}.pem`)
}

function file(text: string): string {
  const path = newFile()
  writeFileSync(path, text)
  return path
}

import { hash, X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { apiKey, withProof } from 'countersign/client'
import { certificateSource, type KeyAndCertificate } from 'countersign/client/mtls'
import type { StoredCredential } from '../data-folder/credentials.ts'
import { writePrivate, type DataFolder } from '../data-folder/folder.ts'
import { DEMO_SCOPES } from '../demo/api.ts'

/** A certificate in the data folder. */
export interface CertificateFiles {
  readonly certificate: string
  readonly key: string
  /** Who vouches for the listener. */
  readonly authorities: string
  /** Its public id: base64url SHA-256 of the certificate. */
  readonly id: string
}

/** For whom it is, and where it goes. */
export interface CertificateRequest {
  /** First part of its file names. */
  readonly name: string
  readonly folder: DataFolder
  /** May ask for certificates. */
  readonly issuingKey: StoredCredential
  readonly fetch: typeof fetch
}

/**
 * Gets a new certificate, as a service would, and keeps the files current for as long as `dev` runs.
 * The private key is made here; the authority sees the public half.
 */
export async function keepCertificate(
  { name, folder, issuingKey, fetch }: CertificateRequest,
  defer: (close: () => void) => void,
): Promise<CertificateFiles> {
  const source = certificateSource({
    issuer: issuingKey.origin,
    fetch: withProof(apiKey(issuingKey.secret), { fetch }),
    scopes: Object.values(DEMO_SCOPES),
    name,
    unsafe: { allowHttp: true },
  })
  defer(() => {
    source.close()
  })
  const paths = {
    certificate: join(folder.path, `${name}.pem`),
    key: join(folder.path, `${name}.key`),
    authorities: join(folder.path, 'ca.pem'),
  }
  const write = ({ cert, key, ca }: KeyAndCertificate): void => {
    writePrivate(paths.key, key.reveal())
    writePrivate(paths.certificate, cert)
    writePrivate(paths.authorities, ca)
  }
  const first = await source.current()
  write(first)
  source.onChange(write)
  return { ...paths, id: hash('sha256', new X509Certificate(first.cert).raw, 'base64url') }
}

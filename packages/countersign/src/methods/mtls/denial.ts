import { digest } from '#crypto'
import { map, type MaybePromise } from '../../core/maybe.ts'
import type { Certificate } from '../../x509/certificate.ts'

/** What is refused at once, however valid its certificate is. */
export type Denial =
  | {
      /** One certificate: base64url SHA-256 of its DER, the `x5t#S256` of RFC 8705. */
      readonly kind: 'certificate'
      readonly thumbprint: string
    }
  | {
      /** What an authority of the trust domain issued under a serial number, in hexadecimal. */
      readonly kind: 'serial'
      readonly trustDomain: string
      readonly serial: string
    }
  | {
      /** A key, in whatever certificate: base64url SHA-256 of its SubjectPublicKeyInfo. */
      readonly kind: 'key'
      readonly sha256: string
    }
  | {
      /** A SPIFFE id or DNS name, whatever certificate it has or gets. */
      readonly kind: 'identity'
      readonly trustDomain: string
      readonly identity: string
    }

/** One text for a denial: what is denied is looked up, not searched. */
export function denialKey(denial: Denial): string {
  switch (denial.kind) {
    case 'certificate':
      return `certificate ${denial.thumbprint}`
    case 'serial':
      return `serial ${denial.trustDomain} ${canonicalSerial(denial.serial)}`
    case 'key':
      return `key ${denial.sha256}`
    case 'identity':
    default:
      return `identity ${denial.trustDomain} ${denial.identity}`
  }
}

/** Tools write serial numbers with colons, capitals and a sign byte, or without. */
const canonicalSerial = (serial: string): string =>
  serial.replaceAll(':', '').toLowerCase().replace(/^0+/, '')

/** Base64url SHA-256: of a certificate its thumbprint, of a SubjectPublicKeyInfo the name of its key. */
export const thumbprintOf = (der: Uint8Array): MaybePromise<string> =>
  digest('sha256', der, 'base64url')

/** Everything that a denial could name of a path: each certificate, key and serial number in it. */
export function pathDenialKeys(
  chain: readonly Certificate[],
  trustDomain: string,
): MaybePromise<readonly string[]> {
  const [certificate, ...rest] = chain
  if (certificate === undefined) return []
  const { der, spki, serial } = certificate
  return map(thumbprintOf(der), (thumbprint) =>
    map(thumbprintOf(spki), (sha256) => {
      const keys = [
        denialKey({ kind: 'certificate', thumbprint }),
        denialKey({ kind: 'key', sha256 }),
        denialKey({ kind: 'serial', trustDomain, serial }),
      ]
      return map(pathDenialKeys(rest, trustDomain), (others) => [...keys, ...others])
    }),
  )
}

import type { PathMode } from './canonical.ts'

/** A service name, and how its clients sign. */
export interface SigV4Service {
  /** As in the credential scope. */
  readonly name: string
  /**
   * How often a path is encoded before it is signed.
   * @defaultValue `single` for `s3`, else `double`
   */
  readonly pathEncoding?: PathMode['encoding']
  /** Whether dot and empty segments leave before signing. @defaultValue false for `s3`, else true */
  readonly normalizePath?: boolean
  /**
   * Whether the session token is under the signature; some services add it afterwards.
   * @defaultValue `signed`
   */
  readonly sessionToken?: 'signed' | 'unsigned'
  /**
   * What a presigned URL that names no digest was signed with: the digest of the body (nothing, as
   * a rule), or `UNSIGNED-PAYLOAD`. @defaultValue `unsigned` for `s3`, else `digest`
   */
  readonly presignedPayload?: 'digest' | 'unsigned'
}

/** A service with nothing left open. */
export interface ResolvedService {
  readonly path: PathMode
  readonly tokenSigned: boolean
  readonly presignedUnsigned: boolean
}

/** Completes a service: its name, and how its clients sign. */
export function resolveService(
  given: string | SigV4Service,
): [name: string, service: ResolvedService] {
  const service: SigV4Service = typeof given === 'string' ? { name: given } : given
  const { name, sessionToken = 'signed' } = service
  const isS3 = name === 's3'
  const { presignedPayload = isS3 ? 'unsigned' : 'digest' } = service
  return [
    name,
    {
      path: pathModeOf(service),
      tokenSigned: sessionToken === 'signed',
      presignedUnsigned: presignedPayload === 'unsigned',
    },
  ]
}

/** How a service writes paths: S3 in its own way, all others alike, unless said otherwise. */
export function pathModeOf(service: SigV4Service): PathMode {
  const isS3 = service.name === 's3'
  const { pathEncoding = isS3 ? 'single' : 'double', normalizePath = !isS3 } = service
  return { encoding: pathEncoding, normalize: normalizePath }
}

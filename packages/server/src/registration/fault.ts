import { err, ok, type Result } from 'countersign'

/** Why metadata is refused (RFC 7591 §3.2.2). ASCII, and echoes nothing but names of members. */
export interface MetadataFault {
  readonly error:
    | 'invalid_redirect_uri'
    | 'invalid_client_metadata'
    | 'unapproved_software_statement'
  readonly description: string
}

/** Carries a fault out of a reader; never leaves `attempt`. */
class Faulty extends Error {
  override readonly name = 'Faulty'
  readonly fault: MetadataFault

  constructor(found: MetadataFault) {
    super(found.description)
    this.fault = found
  }
}

/** Runs a reader; the first member that cannot be read decides. */
export function attempt<T>(read: () => T): Result<T, MetadataFault> {
  try {
    return ok(read())
  } catch (error) {
    if (error instanceof Faulty) return err(error.fault)
    throw error
  }
}

/** Ends an {@link attempt}. */
export function refuse(
  description: string,
  error: MetadataFault['error'] = 'invalid_client_metadata',
): never {
  throw new Faulty({ error, description })
}

import type { Result } from '../core/result.ts'
import type { FetchFailure, FetchRequest } from './seam.ts'

/** An answer of status 200: its fields, and its body as it came. */
export interface FetchedDocument {
  /** @param name - Lower-case field name. */
  readonly header: (name: string) => readonly string[]
  readonly body: Uint8Array
}

/** What {@link FetchDocument} answers. */
export type DocumentOutcome = Result<FetchedDocument, FetchFailure>

/**
 * Fetches a document from a server that a caller named. Addresses and caps are those of a {@link FetchRequest}, but nothing is
 * followed and no other status than 200 will do. Never rejects.
 */
export type FetchDocument = (
  request: Omit<FetchRequest, 'method' | 'body'>,
) => Promise<DocumentOutcome>

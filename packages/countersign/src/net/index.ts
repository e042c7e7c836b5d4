/**
 * The guarded way out, for servers that speak to addresses which their clients name: the authority's
 * back-channel logout and its fetches of documents. Applications rarely need it.
 */
export { fetchDocument, fetchJson } from '#net'
export type { DocumentOutcome, FetchedDocument } from './document.ts'
export type { FetchFailure, FetchOutcome, FetchRequest } from './seam.ts'

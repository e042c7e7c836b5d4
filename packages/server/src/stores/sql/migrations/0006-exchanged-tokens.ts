/** Where an exchanged token comes from (RFC 8693): who acts, and the tokens that it ends with. */
export const exchangedTokens = (): readonly string[] => [
  'alter table token add column lineage text',
]

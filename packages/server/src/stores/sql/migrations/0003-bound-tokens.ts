/** Opaque tokens that are bound to a key of their client (RFC 7800), as JWTs are by `cnf`. */
export const boundTokens = (): readonly string[] => [
  'alter table token add column confirmation text',
]

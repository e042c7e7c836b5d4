import { coversScope } from 'countersign'

/** What both sets cover: of `orders:*` and `orders:read` it is `orders:read`. */
export const intersectScopes = (
  one: readonly string[],
  other: readonly string[],
): readonly string[] => [
  ...new Set([
    ...one.filter((scope) => coversScope(other, scope)),
    ...other.filter((scope) => coversScope(one, scope)),
  ]),
]

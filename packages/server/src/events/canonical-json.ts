/**
 * Serializes a JSON value so that equal values give equal texts: members sorted by code unit, no
 * white space.
 *
 * @param value - What `JSON.parse` can give; anything else is not defined here.
 * @see [RFC 8785](https://www.rfc-editor.org/rfc/rfc8785) JSON Canonicalization Scheme
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`)
  return `{${members.join(',')}}`
}

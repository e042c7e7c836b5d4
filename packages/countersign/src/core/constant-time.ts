/**
 * Reports whether two strings are equal, in a time that depends on their length only.
 *
 * Both sides must be digests of the same fixed length: the comparison hides *where* they differ,
 * not how long they are. What JavaScript can promise here is honest but limited; comparing digests
 * keyed with a secret means that even a leaked position tells an attacker nothing to build on.
 */
export function equalDigests(left: string, right: string): boolean {
  if (left.length !== right.length) return false
  let difference = 0
  for (let index = 0; index < left.length; index += 1) {
    difference |= left.charCodeAt(index) ^ right.charCodeAt(index)
  }
  return difference === 0
}

/** A JSON object that came from elsewhere: members are read one by one. */
export type Json = Readonly<Record<string, unknown>>

/** Reports whether a value is a JSON object. */
export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A member as text for people: lists joined, nothing as a dash. */
export function textOf(object: Json, member: string): string {
  const value = object[member]
  if (value === null || value === undefined || value === '') return '-'
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.map(String).join(' ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The objects in a list. */
export const objectsOf = (value: unknown): readonly Json[] =>
  Array.isArray(value) ? value.filter(isJson) : []

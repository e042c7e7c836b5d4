/** One request and the status it must have. */
export interface Scene {
  readonly name: string
  readonly headers: Readonly<Record<string, string>>
  readonly status: 200 | 400 | 401 | 403
}

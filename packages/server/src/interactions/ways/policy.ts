/** What happens with somebody from outside who was never here. */
export interface PeoplePolicy {
  /** Makes a user just in time, who may do this. @defaultValue refuses who is not known */
  readonly create?: { readonly scopes: readonly string[] }
  /** Decides for each, from the claims that were proven; undefined refuses. */
  readonly mapUser?: (
    claims: Readonly<Record<string, unknown>>,
  ) => { readonly name?: string; readonly scopes?: readonly string[] } | undefined
}

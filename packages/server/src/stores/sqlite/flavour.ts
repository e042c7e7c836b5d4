import type { Flavour } from '../sql/migrations/flavour.ts'

/** SQLite's words in the migrations. */
export const sqliteFlavour: Flavour = {
  integer: 'integer',
  // An alias of the rowid: the numbering costs nothing.
  position: 'integer primary key',
  strict: 'strict',
  limitTake: [],
  appendOnly: (table) =>
    ['update', 'delete'].map(
      (verb) =>
        `create trigger ${table}_no_${verb} before ${verb} on "${table}"
         begin select raise(abort, 'the table "${table}" is append-only'); end`,
    ),
}

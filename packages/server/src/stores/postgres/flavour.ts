import type { Flavour } from '../sql/migrations/flavour.ts'
import { LIMIT_TAKE } from './limit-take.ts'

/** PostgreSQL's words in the migrations. */
export const postgresFlavour: Flavour = {
  integer: 'bigint',
  position: 'bigint generated always as identity primary key',
  strict: '',
  limitTake: [LIMIT_TAKE],
  appendOnly: (table) => [
    `create function ${table}_append_only() returns trigger language plpgsql as $$
     begin raise exception 'the table "${table}" is append-only'; end $$`,
    `create trigger ${table}_no_change before update or delete on "${table}"
     for each row execute function ${table}_append_only()`,
    `create trigger ${table}_no_truncate before truncate on "${table}"
     for each statement execute function ${table}_append_only()`,
  ],
}

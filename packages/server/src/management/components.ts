/**
 * The names under which schemas appear in the OpenAPI document. A registry of its own: zod's global
 * one belongs to the application that mounts us.
 */
import { z } from 'zod'

/** What requests hold. */
export const inputs = z.registry<{ id: string }>()

/** What answers hold. */
export const outputs = z.registry<{ id: string }>()

/** Names a schema of a request body. */
export function input<T extends z.ZodType>(id: string, schema: T): T {
  inputs.add(schema, { id })
  return schema
}

/** Names a schema of an answer. */
export function output<T extends z.ZodType>(id: string, schema: T): T {
  outputs.add(schema, { id })
  return schema
}

/** The members that several resources share. Shapes only: what they mean is the registry's. */
import { z } from 'zod'
import { parseCursor } from '../model/cursor.ts'

/** Seconds since the epoch, up to the year 9999. */
const MAX_TIME = 253_402_300_799
const time = z.int().min(0).max(MAX_TIME)

/** Input members. */
export const given = {
  id: z.string().min(1).max(128),
  name: z.string().min(1).max(200),
  text: z.string().max(500),
  time,
  scopes: z.array(z.string().max(128)).max(100),
  networks: z.array(z.string().max(64)).max(100),
  metadata: z.record(z.string().max(200), z.json()),
  limits: z
    .array(
      z.strictObject({
        name: z.string().max(64),
        algorithm: z.enum(['sliding-window', 'gcra', 'calendar']),
        limit: z.int().min(1),
        windowSeconds: z.int().min(1),
        burst: z.int().min(1).exactOptional(),
        consistency: z.enum(['strict', 'local']).exactOptional(),
        onStoreFailure: z.enum(['closed', 'local', 'open']).exactOptional(),
      }),
    )
    .max(8),
} as const

/** Members of what is answered. */
export const shown = {
  time,
  timeOrNull: time.nullable(),
  text: z.string(),
  textOrNull: z.string().nullable(),
  texts: z.array(z.string()).readonly(),
  metadata: z.record(z.string(), z.unknown()).readonly(),
} as const

/** The query of a list. */
export const pageQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^[1-9]\d{0,2}$/, 'Write a number from 1 to 200.')
    .transform(Number)
    .pipe(z.number().max(200))
    .default(50)
    .meta({ description: 'Items of one page, 1 to 200.' }),
  cursor: z
    .string()
    .max(64)
    .refine((text) => parseCursor(text) !== undefined, 'Give back a cursor of this list.')
    .optional()
    .meta({ description: 'Where the last page ended.' }),
})

/** A page of a resource, newest first. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item).readonly(),
    cursor: shown.textOrNull.meta({ description: 'Null on the last page.' }),
  })

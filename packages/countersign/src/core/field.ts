/** A field of an HTTP message. Names that we write are in lower case. */
export type Field = readonly [name: string, value: string]

/** Every answer of the management API that is not the asked-for one: RFC 9457 problem details. */
import type { z } from 'zod'
import type { Refusal } from '../credentials/refusal.ts'

/** One member of the input that cannot be taken. */
export interface InputError {
  /** RFC 6901 pointer into the body, or `?name` for a query parameter. */
  readonly pointer: string
  /** What to write instead. */
  readonly detail: string
}

/** A problem before it is written. */
export interface ProblemDetails {
  readonly status: number
  readonly code: string
  readonly title: string
  readonly detail?: string
  readonly errors?: readonly InputError[]
  readonly decisionId?: string
  readonly headers?: readonly (readonly [string, string])[]
}

/** Where the meaning of each code is written down. */
const TYPE_BASE = 'https://countersign.dev/problems/'

/** Writes a problem as a response that no cache keeps. */
export function problemResponse({ headers = [], ...details }: ProblemDetails): Response {
  const { status, code } = details
  const fields = new Headers({
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
  })
  for (const [name, value] of headers) fields.append(name, value)
  return new Response(JSON.stringify({ type: TYPE_BASE + code, ...details }), {
    status,
    headers: fields,
  })
}

const REFUSALS: Readonly<Record<Refusal['kind'], Omit<ProblemDetails, 'detail'>>> = {
  'not-found': { status: 404, code: 'not-found', title: 'There is no such resource.' },
  conflict: { status: 409, code: 'conflict', title: 'The state of the resource forbids this.' },
  invalid: { status: 422, code: 'input-invalid', title: 'The input cannot be taken.' },
  forbidden: {
    status: 403,
    code: 'permission-denied',
    title: 'The credential does not allow this.',
  },
}

/** A refusal of the registry as a response. */
export function refusalResponse({ kind, message, pointer }: Refusal): Response {
  const base = REFUSALS[kind]
  return pointer === undefined
    ? problemResponse({ ...base, detail: message })
    : problemResponse({ ...base, errors: [{ pointer, detail: message }] })
}

/** What a schema did not take, as a response that says where and what to write instead. */
export const invalidInput = (errors: readonly InputError[]): Response =>
  problemResponse({ ...REFUSALS.invalid, errors })

/**
 * The issues of a schema as pointers. Values are never echoed: one of them may be a password in the
 * wrong member.
 */
export const inputErrors = ({ issues }: z.ZodError, prefix = '/'): readonly InputError[] =>
  issues.flatMap((issue) => explainIssue(issue, issue.path, prefix))

function explainIssue(
  issue: z.core.$ZodIssue,
  path: readonly PropertyKey[],
  prefix: string,
): readonly InputError[] {
  const pointer = pointerTo(path, prefix)
  if (issue.code === 'unrecognized_keys') {
    const detail = 'There is no such member; leave it out.'
    return issue.keys.map((key) => ({ pointer: pointerTo([...path, key], prefix), detail }))
  }
  if (issue.code === 'invalid_type')
    return [{ pointer, detail: `Write a value: ${issue.expected}.` }]
  const likely = issue.code === 'invalid_union' ? likelyBranch(issue.errors) : undefined
  return (
    likely?.flatMap((inner) => explainIssue(inner, [...path, ...inner.path], prefix)) ?? [
      { pointer, detail: issue.message },
    ]
  )
}

/** The alternative that was meant: the one that knows every member that was sent. */
const likelyBranch = (
  branches: readonly (readonly z.core.$ZodIssue[])[],
): readonly z.core.$ZodIssue[] | undefined =>
  branches.find((issues) => issues.every(({ code }) => code !== 'unrecognized_keys'))

const pointerTo = (path: readonly PropertyKey[], prefix: string): string =>
  path.length === 0 ? '' : prefix + path.map(escapeSegment).join('/')

/** RFC 6901 §3; cut short, because the caller chose it. */
const escapeSegment = (segment: PropertyKey): string =>
  String(segment).slice(0, 64).replaceAll('~', '~0').replaceAll('/', '~1')

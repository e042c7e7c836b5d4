import type { HttpSignatureAttackMaterial } from './attacks-material.ts'
import type { BaseLine, Forgery } from './forge.ts'

/** One more line, with fields that would make it true for a careless verifier. */
const covering = (
  name: string,
  lines: readonly BaseLine[],
  headers: Forgery['headers'] = [],
): Forgery => ({
  name,
  requirement: 'SR-105',
  reason: 'http-signature.component-invalid',
  more: lines,
  headers,
})

const FIELD = [['X-A', 'one']] as const
const DICTIONARY = [['X-D', 'a=1']] as const

/** Components that RFC 9421 calls errors, each signed as the libraries that accept it read it. */
export function componentAttacks({ target }: HttpSignatureAttackMaterial): readonly Forgery[] {
  return [
    covering('covered twice', [['"@method"', 'GET']]),
    covering(
      'field covered twice',
      [
        ['"x-a"', 'one'],
        ['"x-a"', 'one'],
      ],
      FIELD,
    ),
    covering(
      'covered twice, parameters in another order',
      [
        ['"x-d";key="a";sf', '1'],
        ['"x-d";sf;key="a"', '1'],
      ],
      DICTIONARY,
    ),
    covering('unknown component parameter', [['"x-a";zzz', 'one']], FIELD),
    covering('unknown parameter of a derived component', [['"@scheme";zzz', 'https']]),
    covering('known parameter with a value', [['"x-a";bs=?0', 'one']], FIELD),
    covering('unknown derived component', [['"@nothing"', '']]),
    covering('prototype as derived component', [['"@constructor"', '']]),
    covering('@signature-params covered', [['"@signature-params"', '']]),
    covering('@status of a request', [['"@status"', '200']]),
    covering('req in a request', [['"x-a";req', 'one']], FIELD),
    covering('upper-case field name', [['"X-A"', 'one']], FIELD),
    covering('field name with a space', [['"x a"', '']]),
    covering('empty field name', [['""', '']]),
    covering('absent field', [['"x-b"', '']]),
    covering('trailer read from the headers', [['"x-a";tr', 'one']], FIELD),
    covering('field parameter on a derived component', [['"@scheme";bs', ':aHR0cHM=:']]),
    covering('bs beside sf', [['"x-d";bs;sf', ':YT0x:']], DICTIONARY),
    covering('bs beside key', [['"x-d";bs;key="a"', '1']], DICTIONARY),
    covering('sf of an unknown type', [['"x-d";sf', 'a=1']], DICTIONARY),
    covering('sf of what is none', [['"priority";sf', 'u=!']], [['Priority', 'u=!']]),
    covering('key that is not there', [['"x-d";key="b"', '']], DICTIONARY),
    covering('key that is there twice', [['"x-d";key="a"', '2']], [['X-D', 'a=1, a=2']]),
    covering('key of what is no dictionary', [['"x-a";key="one"', '?1']], [['X-A', 'One, !']]),
    covering('key of a list', [['"cache-status";key="a"', '?1;hit']], [['Cache-Status', 'a;hit']]),
    covering('key without a value', [['"x-d";key', '1']], DICTIONARY),
    covering('field that is not ASCII', [['"x-a"', 'caf\u00e9']], [['X-A', 'caf\u00e9']]),
    ...queryAttacks(target),
  ]
}

function queryAttacks(target: string): readonly Forgery[] {
  const [path = ''] = target.split('?')
  const inQuery = (name: string, query: string, line: BaseLine): Forgery => ({
    ...covering(name, [line]),
    target: `${path}?${query}`,
  })
  return [
    covering('query parameter without a name', [['"@query-param"', '1']]),
    covering('name on another component', [['"@scheme";name="a"', 'https']]),
    inQuery('query parameter that is not there', 'b=1', ['"@query-param";name="a"', '']),
    inQuery('query parameter that comes twice', 'a=1&a=2', ['"@query-param";name="a"', '1']),
    inQuery('query parameter twice, encoded once', 'a=1&%61=2', ['"@query-param";name="a"', '1']),
    inQuery('query parameter that is not UTF-8', 'a=%ff', ['"@query-param";name="a"', '%EF%BF%BD']),
  ]
}

/** Certificates that the CA of the authority issued, and the CA itself. */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { makeCsr, REVOCATION_CAUSES } from '@countersign/server'
import type { Call, CommandSpec } from '../command.ts'
import { connect } from '../connection/connect.ts'
import { writePrivate } from '../data-folder/folder.ts'
import { usage } from '../exit.ts'
import { readText } from '../input.ts'
import { objectsOf, textOf, type Json } from '../json.ts'
import type { Columns } from '../output/terminal.ts'
import { column, stateOf, timeOf } from './columns.ts'
import { HELD_FLAGS } from './held.ts'
import { idOf, listCommand, type Resource } from './resource.ts'

const CERTIFICATES: Resource = {
  noun: 'certs',
  one: 'certificate',
  path: '/v1/certificates',
  columns: [
    column('ID', 'id'),
    column('NAME', 'name'),
    column('PRINCIPAL', 'principalId'),
    column('SCOPES', 'scopes'),
    ['EXPIRES', (row) => timeOf(row, 'expiresAt')],
    ['STATE', stateOf],
  ],
}

const issue: CommandSpec = {
  name: 'certs issue',
  summary: 'get a certificate for the principal of the key that this command uses',
  details:
    'Makes a P-256 key, unless --private-key names one, and asks for a certificate for it. Writes key.pem, certificate.pem and bundle.pem; the key is never printed and never sent. It certifies whoever calls: name the API key of a service with --key-file.',
  example: 'certs issue --key-file billing.key --name billing --scope orders:read --out tls',
  scope: 'authority',
  flags: [
    HELD_FLAGS.name,
    HELD_FLAGS.scope,
    { spelling: '--ttl <duration>', summary: 'how long it lives (default: 24h, the most)' },
    { spelling: '--private-key <file>', summary: 'a private key in PEM, instead of a new one' },
    { spelling: '--out <folder>', summary: 'where the files go' },
  ],
  run: async (call) => {
    const { flags } = call
    const folder = resolve(call.folder, flags.required('out'))
    const key = await keyOf(call)
    const ttlSeconds = flags.seconds('ttl')
    const issued = await (await connect(call)).post(CERTIFICATES.path, {
      csr: makeCsr(key),
      name: flags.required('name'),
      scopes: scopesOf(call),
      ...(ttlSeconds === undefined ? {} : { ttlSeconds }),
    })
    const files = write(folder, key, issued)
    const { certificate: _, chain: __, bundle: ___, ...facts } = issued
    call.terminal.result({ ...facts, files }, () => {
      call.terminal.line(call.terminal.paint('bold', 'certificate issued'))
      call.terminal.facts([
        ['id', textOf(issued, 'id')],
        ['ends', timeOf(issued, 'notAfter')],
        ['renew after', timeOf(issued, 'renewAfter')],
        ['files', Object.values(files).join(' ')],
      ])
    })
  },
}

function scopesOf({ flags }: Call): readonly string[] {
  const scopes = flags.list('scope')
  if (scopes.length > 0) return scopes
  throw usage('--scope is missing: a certificate that was given no scope can do nothing')
}

async function keyOf(call: Call): Promise<KeyObject> {
  const file = call.flags.text('privateKey')
  if (file === undefined) return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const text = await readText('private key', file, call)
  try {
    return createPrivateKey(text)
  } catch {
    // The parser's message would be about the text, which may be another secret by mistake.
    throw usage('the private key is no PEM without a passphrase')
  }
}

function write(folder: string, key: KeyObject, issued: Json) {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const at = (name: string): string => join(folder, name)
  const files = {
    key: at('key.pem'),
    certificate: at('certificate.pem'),
    bundle: at('bundle.pem'),
  }
  writePrivate(files.key, key.export({ format: 'pem', type: 'pkcs8' }).toString())
  writePrivate(files.certificate, `${textOf(issued, 'certificate')}${textOf(issued, 'chain')}`)
  writePrivate(files.bundle, textOf(issued, 'bundle'))
  return files
}

const revoke: CommandSpec = {
  name: 'certs revoke',
  summary: 'revoke a certificate, at once and for good',
  details:
    'Revokes a certificate: its next request is refused, its connections are closed, and the next list of its CA names it. The id is the x5t#S256; one that begins with a dash goes after `--`.',
  example: 'certs revoke --cause keyCompromise -- <id>',
  arguments: [['<id>', 'id of the certificate']],
  scope: 'authority',
  flags: [
    {
      spelling: '--cause <cause>',
      summary: `${REVOCATION_CAUSES.join(', ')} (default: unspecified)`,
    },
  ],
  run: async (call) => {
    const id = idOf(call)
    const cause = call.flags.text('cause')
    const query = cause === undefined ? '' : `?${new URLSearchParams({ cause })}`
    await (await connect(call)).delete(`${CERTIFICATES.path}/${id}${query}`)
    call.terminal.result({ id, revoked: true }, () => {
      call.terminal.line(`revoked certificate ${id}`)
    })
  },
}

const FORMATS: Readonly<Record<string, string>> = { pem: 'bundle.pem', spiffe: 'bundle.json' }

const bundle: CommandSpec = {
  name: 'certs bundle',
  summary: 'print the CAs that verifiers are to trust',
  example: 'certs bundle --format spiffe',
  scope: 'authority',
  flags: [{ spelling: '--format <format>', summary: 'pem or spiffe (default: pem)' }],
  run: async (call) => {
    const format = call.flags.text('format') ?? 'pem'
    const file = Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined
    if (file === undefined) throw usage('--format: write pem or spiffe')
    const text = await (await connect(call)).text(`/certificates/${file}`)
    call.terminal.result({ format, bundle: text }, () => {
      call.terminal.line(text.trimEnd())
    })
  },
}

const AUTHORITIES = '/v1/certificate-authorities'

const COLUMNS: Columns<Json> = [
  column('ID', 'id'),
  column('STATE', 'state'),
  ['SINCE', (row) => timeOf(row, 'since')],
  ['ENDS', (row) => timeOf(row, 'notAfter')],
  column('CERTIFICATES', 'certificates'),
  ['LAST USED', (row) => timeOf(row, 'lastUsedAt')],
]

function showAuthorities({ terminal }: Call, answer: Json): void {
  terminal.result(answer, () => {
    terminal.table(objectsOf(answer['items']), COLUMNS, 'no CAs')
  })
}

const authorities: CommandSpec = {
  name: 'certs authorities',
  summary: 'list CAs, and where each stands in its life',
  example: 'certs authorities',
  scope: 'authority',
  run: async (call) => {
    showAuthorities(call, await (await connect(call)).get(AUTHORITIES))
  },
}

const rotate: CommandSpec = {
  name: 'certs rotate',
  summary: 'start the change to a new CA',
  details:
    'Publishes a new CA, which signs once every verifier can have fetched it. --compromised removes the present one now, with every certificate that it signed.',
  example: 'certs rotate',
  scope: 'authority',
  flags: [{ spelling: '--compromised', summary: 'the private key is known to somebody else' }],
  run: async (call) => {
    const compromised = call.flags.on('compromised')
    showAuthorities(
      call,
      await (await connect(call)).post(`${AUTHORITIES}/rotate`, { compromised }),
    )
  },
}

/** Certificates of principals, and the CA. */
export const certsCommands: readonly CommandSpec[] = [
  issue,
  listCommand(CERTIFICATES),
  revoke,
  bundle,
  authorities,
  rotate,
]

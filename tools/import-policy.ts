/**
 * Who may import whom, with a reason on every row. A zone is a folder or a file; the longest zone
 * that fits a file is its own. A zone may always import itself, and nothing that is not listed.
 */
export interface ZoneRow {
  /** A path from the root; `*` stands for one folder or a part of a name. */
  readonly zone: string
  /** Zones it may import beside itself. */
  readonly may: readonly string[]
  readonly why: string
}

const LIBRARY = 'packages/countersign/src'
const SERVER = 'packages/server/src'
const CLI = 'packages/cli/src'

/** The allow-list. Test files are free inside their package. */
export const ZONES: readonly ZoneRow[] = [
  {
    zone: `${LIBRARY}/core`,
    may: [],
    why: 'The contracts stand on nothing, so that every other part can stand on them.',
  },
  {
    zone: `${LIBRARY}/crypto`,
    may: [`${LIBRARY}/core`],
    why: 'The seam hides the runtime; it knows bytes and keys, not tokens.',
  },
  {
    zone: `${LIBRARY}/net`,
    may: [`${LIBRARY}/core`],
    why: 'One guarded way out (SR-504); it knows addresses and sizes, not key sets.',
  },
  {
    zone: `${LIBRARY}/jose`,
    may: [`${LIBRARY}/core`, `${LIBRARY}/crypto`, `${LIBRARY}/net`],
    why: 'JWS, keys and key sets serve several methods and so know none of them.',
  },
  {
    zone: `${LIBRARY}/x509`,
    may: [`${LIBRARY}/core`, `${LIBRARY}/crypto`],
    why: 'Certificates serve the mtls method and the authority alike and so know neither.',
  },
  {
    zone: `${LIBRARY}/methods/*`,
    may: [
      `${LIBRARY}/core`,
      `${LIBRARY}/crypto`,
      `${LIBRARY}/jose`,
      `${LIBRARY}/x509`,
      `${LIBRARY}/net`,
    ],
    why: 'A method is a vertical slice: copied, read and removed without touching another one.',
  },
  {
    zone: `${LIBRARY}/adapters`,
    may: [`${LIBRARY}/core`],
    why: 'Frameworks meet the guard here and nowhere else; methods never learn of them.',
  },
  {
    zone: `${LIBRARY}/authority`,
    may: [
      `${LIBRARY}/core`,
      `${LIBRARY}/crypto`,
      `${LIBRARY}/jose`,
      `${LIBRARY}/x509`,
      `${LIBRARY}/net`,
      `${LIBRARY}/methods/*`,
    ],
    why: 'The client of a running authority composes verifiers with its key set, leases and feed.',
  },
  {
    zone: `${LIBRARY}/client`,
    may: [
      `${LIBRARY}/core`,
      `${LIBRARY}/crypto`,
      `${LIBRARY}/jose`,
      `${LIBRARY}/x509`,
      `${LIBRARY}/net`,
      `${LIBRARY}/methods/*`,
    ],
    why: 'Callers attach what the methods sign; nothing that verifies imports it.',
  },
  {
    zone: `${LIBRARY}/presets/*`,
    may: [`${LIBRARY}/core`, `${LIBRARY}/jose`, `${LIBRARY}/methods/*`],
    why: 'A preset is a guard composed for one kind of API; adapters and applications compose with it.',
  },
  {
    zone: `${LIBRARY}/testing`,
    may: [
      `${LIBRARY}/core`,
      `${LIBRARY}/crypto`,
      `${LIBRARY}/jose`,
      `${LIBRARY}/x509`,
      `${LIBRARY}/net`,
      `${LIBRARY}/methods/*`,
      `${LIBRARY}/adapters`,
      `${LIBRARY}/authority`,
    ],
    why: 'Contracts and mints for tests need everything, and no production code imports them.',
  },
  {
    zone: `${LIBRARY}/index.ts`,
    may: [`${LIBRARY}/core`],
    why: 'The front door re-exports the core; a method costs its users only when they import it.',
  },
  {
    zone: `${SERVER}/model`,
    may: [],
    why: 'Records and store interfaces are what stores and endpoints agree on.',
  },
  {
    zone: `${SERVER}/stores`,
    may: [
      `${SERVER}/model`,
      `${SERVER}/events/hash.ts`,
      `${SERVER}/limits/seating.ts`,
      `${SERVER}/replay/stored-replay.ts`,
    ],
    why: 'A store implements the model, chains events and seats limits; it knows no endpoint.',
  },
  {
    zone: SERVER,
    may: [`${SERVER}/model`, `${SERVER}/stores`],
    why: 'The authority is composed here.',
  },
  {
    zone: CLI,
    may: [],
    why: 'Commands call the published surface of the server and the library, as a user would.',
  },
]

/** A ban that the allow-list cannot say. */
export interface BanRow {
  /** Importing files, as a pattern. */
  readonly from: string
  /** Imported files, as a pattern. */
  readonly to: string
  readonly why: string
}

/** The bans, for production files. */
export const BANS: readonly BanRow[] = [
  {
    from: `${LIBRARY}/methods/*/verify*.ts`,
    to: `${LIBRARY}/methods/*/{sign,mint,attacks,rules}*.ts`,
    why: 'Code that verifies must not carry code that signs, nor the attacks on itself.',
  },
  {
    from: `${LIBRARY}/authority/**`,
    to: `${LIBRARY}/methods/*/{attacks,rules}*.ts`,
    why: 'Attacks are for tests and the auditor.',
  },
  {
    from: `${LIBRARY}/presets/**`,
    to: `${LIBRARY}/methods/*/{sign,mint,attacks,rules}*.ts`,
    why: 'A preset verifies what callers sent, and signs nothing for anybody.',
  },
  {
    from: `${LIBRARY}/client/**`,
    to: `${LIBRARY}/methods/*/{verify,attacks,rules}*.ts`,
    why: 'A caller carries what signs, not what verifies.',
  },
  {
    from: 'packages/*/src/**',
    to: 'packages/*/src/index.ts',
    why: 'A barrel imported from inside makes cycles and defeats tree shaking.',
  },
  {
    from: `${SERVER}/{endpoints,management,grants,checks,client-auth,credentials,keys,feed,limits,events,http}/**`,
    to: `${SERVER}/stores/**`,
    why: 'Request handling sees store types of the model; which store it is, is composed outside.',
  },
  {
    from: `${SERVER}/{grants,checks,client-auth}/**`,
    to: `${SERVER}/{endpoints,management}/**`,
    why: 'What endpoints are made of reads exchanges and writes answers, and knows no endpoint.',
  },
  {
    from: `${SERVER}/{credentials,keys,events,revocations,tenants,tokens,usage,decisions}/**`,
    to: `${SERVER}/{endpoints,management,http,grants,checks,client-auth,authorization,interactions,pages}/**`,
    why: 'The registry works the same for HTTP, the command line and an embedding application.',
  },
]

/** A file of the library that may touch the platform. */
export interface PlatformRow {
  readonly file: string
  readonly may: readonly ('node' | 'Buffer' | 'process' | 'Date.now')[]
  readonly why: string
}

/** Everything else in the library runs on Node, Bun, Deno and Workers alike. */
export const PLATFORM: readonly PlatformRow[] = [
  {
    file: `${LIBRARY}/crypto/node.ts`,
    may: ['node', 'Buffer'],
    why: 'The synchronous fast path; web.ts is its twin for every other runtime.',
  },
  {
    file: `${LIBRARY}/crypto/node-*.ts`,
    may: ['node', 'Buffer'],
    why: 'Parts of crypto/node.ts.',
  },
  {
    file: `${LIBRARY}/net/node.ts`,
    may: ['node', 'Buffer'],
    why: 'Refusing private addresses after DNS (SR-504) needs the resolver; web.ts is its twin.',
  },
  {
    file: `${LIBRARY}/adapters/node.ts`,
    may: ['node', 'Buffer'],
    why: 'The adapter of node:http.',
  },
  {
    file: `${LIBRARY}/adapters/node-*.ts`,
    may: ['node', 'Buffer'],
    why: 'What adapters of frameworks on node:http share.',
  },
  {
    file: `${LIBRARY}/testing/{adapter-*,*-contract}.ts`,
    may: ['node', 'Buffer'],
    why: 'Contracts are suites of the test runner of Node, and drive real servers over raw sockets.',
  },
  {
    file: `${LIBRARY}/client/mtls/*.ts`,
    may: ['node', 'Buffer', 'process'],
    why: 'Agents and servers of node:tls are what it is about; no other runtime has them (ADR 0010).',
  },
  {
    file: `${LIBRARY}/core/clock.ts`,
    may: ['Date.now'],
    why: 'One module reads the clock, so that every test can hold it still.',
  },
]

/** npm packages that a zone may import; `*` means whatever its manifest declares. */
export const DEPENDENCIES: readonly ZoneRow[] = [
  { zone: LIBRARY, may: [], why: 'A library that guards an API adds nothing to its supply chain.' },
  {
    zone: `${LIBRARY}/crypto`,
    may: ['jose'],
    why: 'The portable implementation of algorithms is jose (ADR 0001).',
  },
  { zone: `${LIBRARY}/jose`, may: ['jose'], why: 'JWK import and the oracle are jose (ADR 0001).' },
  {
    zone: `${LIBRARY}/x509`,
    may: ['@peculiar/asn1-schema', '@peculiar/asn1-x509'],
    why: 'ASN.1 structures are parsed by a kept parser; we add the strictness (ADR 0006).',
  },
  {
    zone: `${LIBRARY}/testing/x509`,
    may: ['@peculiar/asn1-schema', '@peculiar/asn1-x509'],
    why: 'Certificates for tests, broken ones too, are written with the structures that are parsed.',
  },
  {
    zone: `${LIBRARY}/client/mtls`,
    may: ['@peculiar/asn1-csr', '@peculiar/asn1-schema', '@peculiar/asn1-x509'],
    why: 'Requests for certificates are written with the schemas that certificates are read with (ADR 0010).',
  },
  {
    zone: `${LIBRARY}/methods/http-signature`,
    may: ['structured-headers'],
    why: 'Two parties that read a structured field differently sign two messages: one kept parser.',
  },
  { zone: SERVER, may: ['*'], why: 'The authority is an application: declared is allowed.' },
  { zone: CLI, may: ['*'], why: 'The command line is an application: declared is allowed.' },
]

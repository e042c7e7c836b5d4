import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { html as HTML, parse, type DefaultTreeAdapterTypes as Tree } from 'parse5'
import { destination, SAMPLE_PAGES } from '../testing/sample-pages.ts'
import { EMPTY_NAMES, MARKUP_ATTACKS, PATH_ATTACKS, SPOOFS } from './attacks.ts'
import { accountPage } from './account.ts'
import { pageAnswer } from './answer.ts'
import { consentPage } from './consent.ts'
import { deviceCodePage } from './device.ts'
import { errorPage } from './error.ts'
import { lookFor, resolveLook, sourceOf, type Look } from './look.ts'
import { continuePage, formPostPage } from './onward.ts'
import type { Page } from './page.ts'
import { signInPage } from './sign-in.ts'
import { signedOutPage } from './sign-out.ts'

/** A parsed page, and what of it is not valid. */
interface ParsedPage {
  readonly document: Tree.Document
  readonly errors: readonly string[]
}

/** Parses as a browser does; what a browser would repair is an error here. */
function parsePage(text: string): ParsedPage {
  const errors: string[] = []
  const document = parse(text, {
    onParseError: ({ code, startLine }) => errors.push(`${code} in line ${startLine}`),
  })
  return { document, errors }
}

/** The elements below a node, in order; all, or those of a tag. */
function elementsOf(node: Tree.Node, tagName?: string): readonly Tree.Element[] {
  if (!('childNodes' in node)) return []
  return node.childNodes.flatMap((child) => {
    const below = elementsOf(child, tagName)
    if (!('tagName' in child) || child.namespaceURI !== HTML.NS.HTML) return below
    return tagName === undefined || child.tagName === tagName ? [child, ...below] : below
  })
}

/** The attributes of an element. */
const attributesOf = ({ attrs }: Tree.Element): ReadonlyMap<string, string> =>
  new Map(attrs.map(({ name, value }) => [name, value]))

/** The text below a node. */
const textOf = (node: Tree.Node): string => {
  if ('value' in node) return node.value
  return 'childNodes' in node ? node.childNodes.map(textOf).join('') : ''
}

/**
 * Tags with the names of their attributes: what markup in a text would change. Without `autofocus`,
 * which goes to the first field that is empty.
 */
const skeletonOf = (text: string): string =>
  elementsOf(parsePage(text).document)
    .map(({ tagName, attrs }) => {
      const names = attrs.map(({ name }) => name).filter((name) => name !== 'autofocus')
      return `${tagName}[${names.join(' ')}]`
    })
    .join('\n')

const LOOK = resolveLook({
  name: 'Northwind & Söhne',
  links: { terms: 'https://example.com/terms', privacy: '/privacy' },
  scopes: { 'orders:read': { en: 'See your orders', de: 'Ihre Bestellungen sehen' } },
})
const LOCALES = ['en', 'de'].map((uiLocales) => lookFor(LOOK, { uiLocales }))
const [EN] = LOCALES as [Look, Look] // The map above has two.
const FORM = { action: '/oauth/interaction', csrf: 'token' }

const policyOf = (page: Page): string =>
  new Map(pageAnswer(page).headers).get('content-security-policy') ?? ''

/** Every page in every locale. */
function everyPage(check: (page: Page, name: string) => void, text = 'Acme'): void {
  for (const look of LOCALES) {
    for (const [name, make] of SAMPLE_PAGES) check(make(look, text), `${name} (${look.locale})`)
  }
}

test('every page is valid HTML, in every locale', () => {
  everyPage((page, name) => {
    assert.deepEqual(parsePage(page.html).errors, [], name)
  })
})

test('every page has a language, a direction, a title, one h1, and ids that are there once', () => {
  everyPage((page, name) => {
    const { document } = parsePage(page.html)
    const [root] = elementsOf(document, 'html').map(attributesOf)
    assert.deepEqual([root?.get('lang'), root?.get('dir')], [page.locale, 'ltr'], name)
    const [heading, ...more] = elementsOf(document, 'h1').map(textOf)
    assert.ok(heading !== undefined && more.length === 0, name)
    const [title = ''] = elementsOf(document, 'title').map(textOf)
    assert.ok(title.includes(heading) && title.endsWith(' · Northwind & Söhne'), name)
    const ids = elementsOf(document).flatMap((node) => attributesOf(node).get('id') ?? [])
    assert.equal(new Set(ids).size, ids.length, name)
  })
})

test('every input has a label, and every reference of a description or label leads somewhere', () => {
  everyPage((page, name) => {
    const { document } = parsePage(page.html)
    const all = elementsOf(document).map(attributesOf)
    const ids = new Set(all.map((node) => node.get('id')))
    const labelled = new Set(
      elementsOf(document, 'label').map((node) => attributesOf(node).get('for')),
    )
    for (const input of elementsOf(document, 'input').map(attributesOf)) {
      if (input.get('type') !== 'hidden') assert.ok(labelled.has(input.get('id')), name)
    }
    const told = all.flatMap((node) => [node.get('aria-describedby'), node.get('aria-labelledby')])
    for (const id of told.flatMap((list) => list?.split(' ') ?? [])) assert.ok(ids.has(id), name)
  })
})

test('every button and every link says what it does', () => {
  everyPage((page, name) => {
    const { document } = parsePage(page.html)
    for (const node of [...elementsOf(document, 'button'), ...elementsOf(document, 'a')]) {
      assert.notEqual(textOf(node).trim(), '', name)
    }
  })
})

test('SR-008: no page has a handler, a style attribute, or anything that loads from elsewhere', () => {
  everyPage((page, name) => {
    for (const node of elementsOf(parsePage(page.html).document)) {
      for (const [attribute, value] of attributesOf(node)) {
        assert.doesNotMatch(attribute, /^(on.*|style|src|srcset|background|formaction|ping)$/, name)
        if (attribute === 'href')
          assert.match(value, /^(#|\/(?!\/)|https:\/\/|com\.example:)/, name)
      }
      assert.doesNotMatch(node.tagName, /^(link|base|iframe|object|embed|img|svg|template)$/, name)
    }
  })
})

test('SR-054: every form but the hand-over posts to the authority, with its CSRF token', () => {
  everyPage((page, name) => {
    for (const form of elementsOf(parsePage(page.html).document, 'form')) {
      const attributes = attributesOf(form)
      assert.equal(attributes.get('method'), 'post', name)
      if (page.kind === 'hand-over') continue
      assert.match(attributes.get('action') ?? '', /^\/oauth\//, name)
      const fields = elementsOf(form, 'input').map(attributesOf)
      assert.ok(
        fields.some((field) => field.get('name') === 'csrf' && field.get('value')),
        name,
      )
    }
  })
})

test('no page has a heading level that is skipped', () => {
  everyPage((page, name) => {
    const levels = elementsOf(parsePage(page.html).document)
      .filter(({ tagName }) => /^h\d$/.test(tagName))
      .map(({ tagName }) => Number(tagName[1]))
    for (const [index, level] of levels.entries()) {
      assert.ok(level <= (levels[index - 1] ?? 0) + 1, `${name}: ${levels.join()}`)
    }
  })
})

test('SR-007, SR-008: every page is sent with the policy that its content has the hashes of', () => {
  everyPage((page, name) => {
    const { document } = parsePage(page.html)
    const policy = policyOf(page)
    const styles = elementsOf(document, 'style').map((node) => sourceOf(textOf(node)))
    const scripts = elementsOf(document, 'script').map((node) => sourceOf(textOf(node)))
    assert.deepEqual(styles.length, 1, name)
    assert.ok(policy.includes(`style-src ${styles.join(' ')};`), name)
    assert.ok(policy.includes(`script-src ${scripts.join(' ') || "'none'"};`), name)
    assert.match(policy, /^default-src 'none'; .*base-uri 'none'; frame-ancestors 'none'/, name)
    assert.doesNotMatch(policy, /unsafe|\*|https:/, name)
  })
})

const FIELDS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
}

test('SR-007, SR-008, SR-027: no page is framed, kept, sniffed, or told of', () => {
  everyPage((page, name) => {
    const fields = new Map(pageAnswer(page).headers)
    for (const [field, value] of Object.entries(FIELDS))
      assert.equal(fields.get(field), value, name)
    const handOver = page.kind === 'hand-over'
    assert.equal(fields.get('referrer-policy'), handOver ? 'strict-origin' : 'no-referrer', name)
    assert.equal(policyOf(page).endsWith("; form-action 'self'"), !handOver, name)
    const opener = page.kind === 'own' ? 'same-origin' : 'unsafe-none'
    assert.equal(fields.get('cross-origin-opener-policy'), opener, name)
    assert.equal(fields.get('content-language'), page.locale, name)
    assert.match(fields.get('permissions-policy') ?? '', /^camera=\(\), /, name)
  })
})

/** What each page looks like with an honest text: hostile ones must not change it. */
const SKELETONS = new Map(
  [...SAMPLE_PAGES].map(([name, make]) => [name, skeletonOf(make(EN, 'Acme').html)]),
)

for (const { name, text } of [...MARKUP_ATTACKS, ...SPOOFS, ...EMPTY_NAMES]) {
  test(`shows ${name} as text, on every page`, () => {
    for (const [page, make] of SAMPLE_PAGES) {
      const { html } = make(EN, text)
      assert.equal(skeletonOf(html), SKELETONS.get(page), page)
      // Hidden fields are not shown, and come back as they were given.
      const seen = html.replaceAll(/\n|<input type="hidden"[^>]*>/g, ' ')
      assert.doesNotMatch(seen, /[\p{C}\u2028]/u, page)
    }
  })
}

test('no text at all changes the structure of a page', () => {
  const characters = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({ unit: fc.constantFrom(...Array.from('<>"\'&=/! -{}$`\u0000\n')), maxLength: 40 }),
  )
  fc.assert(
    fc.property(characters, fc.constantFrom(...SAMPLE_PAGES), (text, [name, make]) => {
      assert.equal(skeletonOf(make(EN, text).html), SKELETONS.get(name))
    }),
    { numRuns: 150 },
  )
})

test('no template has a value in an attribute without quotes', () => {
  for (const name of readdirSync(import.meta.dirname)) {
    if (!/^[a-z-]+\.ts$/.test(name)) continue
    const source = readFileSync(new URL(name, import.meta.url), 'utf8')
    assert.doesNotMatch(source.replaceAll(/^ *\/?\*.*$/gm, ''), /\s[\w-]+=\$\{/, name)
  }
})

for (const { name, text } of PATH_ATTACKS) {
  test(`SR-002: no form posts to ${name}, and no link leads there`, () => {
    assert.throws(() => signInPage({ ...FORM, action: text }, EN), TypeError)
    const providers = [{ name: 'x', path: text }]
    assert.throws(() => signInPage({ ...FORM, providers }, EN), TypeError)
    assert.throws(() => signedOutPage({ signInPath: text }, EN), TypeError)
  })
}

const STATUSES = [
  ['sign-in', 200],
  ['sign-in, wrong', 400],
  ['sign-in, limited', 429],
  ['device, wrong', 400],
  ['device, limited', 429],
  ['consent', 200],
  ['error, redirect', 400],
  ['error, forbidden', 403],
  ['error, unavailable', 503],
] as const

for (const [name, status] of STATUSES) {
  test(`${name} has status ${status}, and its title says whether something is wrong`, () => {
    const page = SAMPLE_PAGES.get(name)?.(EN, 'Acme')
    assert.equal(page?.status, status)
    assert.equal(page?.html.includes('<title>Error: '), status !== 200)
  })
}

const attributesOfInput = (page: Page, name: string): ReadonlyMap<string, string> => {
  const inputs = elementsOf(parsePage(page.html).document, 'input').map(attributesOf)
  return inputs.find((input) => input.get('name') === name) ?? new Map()
}

test('password managers find username and password, and one-time codes are not theirs', () => {
  const page = signInPage(FORM, EN)
  assert.equal(attributesOfInput(page, 'username').get('autocomplete'), 'username')
  assert.equal(attributesOfInput(page, 'password').get('autocomplete'), 'current-password')
  const device = SAMPLE_PAGES.get('device')?.(EN, '')
  assert.ok(device)
  assert.equal(attributesOfInput(device, 'user_code').get('autocomplete'), 'one-time-code')
})

test('a refused password is asked for again: described by the error, focused, and not echoed', () => {
  const page = signInPage({ ...FORM, username: 'ada', failure: { kind: 'wrong' } }, EN)
  const password = attributesOfInput(page, 'password')
  assert.equal(password.get('aria-describedby'), 'password-wrong')
  assert.equal(password.get('aria-invalid'), 'true')
  assert.ok(password.has('autofocus') && !password.has('value'))
  assert.equal(attributesOfInput(page, 'username').get('value'), 'ada')
})

const textOfPage = (page: Page): string => {
  const [main] = elementsOf(parsePage(page.html).document, 'main')
  return main === undefined ? '' : textOf(main).replaceAll(/\s+/g, ' ')
}

const access = { scopes: ['orders:read', 'x:y'], lifetimeSeconds: 2_592_000 }
const client = { id: 'cli_1', name: 'Acme', verified: true }
const consent = { ...FORM, client, access, user: 'ada' }

test('SR-052: consent says who, where, what and how long, in the words of the operator', () => {
  const redirect = destination('https://app.example.com/cb')
  const text = textOfPage(consentPage({ ...consent, redirect }, EN))
  for (const said of ['Acme', 'cli_1', 'app.example.com', 'See your orders', '30 days', 'ada']) {
    assert.ok(text.includes(said), said)
  }
  assert.ok(text.includes('Permission “x:y”'), 'a scope without words is shown as it is')
  assert.doesNotMatch(text, /Nobody here has checked/)
  const german = lookFor(LOOK, { acceptLanguage: 'de-CH' })
  assert.match(textOfPage(consentPage({ ...consent, redirect }, german)), /Ihre Bestellungen sehen/)
})

test('SR-052, SR-053: consent warns of a client that nobody checked, and of programs on the device', () => {
  const unverified = { ...consent, client: { ...client, verified: false } }
  const shownFor = (url: string): string =>
    textOfPage(consentPage({ ...unverified, redirect: destination(url) }, EN))
  assert.match(shownFor('https://evil.example/'), /only if you trust evil\.example/)
  assert.match(shownFor('http://localhost:1/'), /a program on this computer\. Go on only if/)
  assert.match(shownFor('cursor://x'), /installed on this device\. Go on only if/)
})

/** The buttons of a page: what they send, and what they say. */
const buttonsOf = (page: Page): readonly (readonly [sent: string, said: string])[] =>
  elementsOf(parsePage(page.html).document, 'button').map((button) => {
    const attributes = attributesOf(button)
    return [`${attributes.get('name')}=${attributes.get('value')}`, textOf(button)]
  })

const DECISIONS = [
  ['consent', ['decision=switch', 'decision=deny', 'decision=allow']],
  ['device, confirm', ['decision=deny', 'decision=allow']],
  ['sign-out', ['decision=stay', 'decision=sign_out']],
] as const

for (const [name, sent] of DECISIONS) {
  test(`${name} sends what was decided, and refusing comes before agreeing`, () => {
    const page = SAMPLE_PAGES.get(name)?.(EN, 'Acme')
    assert.deepEqual(page && buttonsOf(page).map(([what]) => what), sent)
  })
}

test('SR-026, SR-052: the account ends every grant and every other session, each by a button that says so', () => {
  const session = { device: 'Firefox', signedInAt: 1, lastSeenAt: 2 }
  const sessions = [
    { ...session, id: 'ses_1', current: true },
    { ...session, id: 'ses_2', device: 'Safari', current: false },
  ]
  const grant = { id: 'grt_1', client, scopes: [], createdAt: 1, lastUsedAt: null, expiresAt: null }
  const page = accountPage({ ...FORM, user: 'ada', sessions, grants: [grant] }, EN)
  const said = new Map(buttonsOf(page))
  const sent = ['sign_out=1', 'revoke_grant=grt_1', 'end_session=ses_2', 'end_other_sessions=1']
  assert.deepEqual([...said.keys()], sent)
  assert.match(said.get('revoke_grant=grt_1') ?? '', /End access of Acme$/)
  assert.match(said.get('end_session=ses_2') ?? '', /Sign out Safari$/)
})

test('a code that came with a link is filled in and not sent, and confirmed against the device', () => {
  const code = deviceCodePage({ ...FORM, userCode: 'WDJB-MJHT' }, EN)
  assert.equal(attributesOfInput(code, 'user_code').get('value'), 'WDJB-MJHT')
  assert.doesNotMatch(code.html, /<script|http-equiv/)
  const confirm = SAMPLE_PAGES.get('device, confirm')?.(EN, 'WDJB-MJHT')
  assert.match(confirm ? textOfPage(confirm) : '', /exactly this code: WDJB-MJHT Go on only if/)
})

/** What consent links for a client whose policy is there. */
const linkedPapers = (policy: string): readonly string[] => {
  const view = { ...consent, client: { ...client, policy: destination(policy) } }
  const page = consentPage({ ...view, redirect: destination('https://app.example.com/') }, EN)
  const links = elementsOf(parsePage(page.html).document, 'a').map(attributesOf)
  return links.flatMap((link) => (link.has('rel') ? [link.get('href') ?? ''] : []))
}

test('consent links the papers of a client on the web, and nowhere else', () => {
  assert.deepEqual(linkedPapers('https://acme.example/privacy'), ['https://acme.example/privacy'])
  assert.deepEqual(linkedPapers('com.example.app:/privacy'), [])
  assert.deepEqual(linkedPapers('http://localhost:8080/'), [])
})

test('SR-004: a page that goes on names its URL as it is, and has a link for who must press it', () => {
  const url = 'https://app.example.com/cb?code=a&state=%22%3E;url=b'
  const { html, kind } = continuePage({ to: destination(url) }, EN)
  const { document } = parsePage(html)
  const metas = elementsOf(document, 'meta').map(attributesOf)
  const refresh = metas.find((meta) => meta.get('http-equiv') === 'refresh')
  assert.equal(refresh?.get('content'), `0;url=${url}`)
  const links = elementsOf(document, 'a').map((link) => attributesOf(link).get('href'))
  assert.ok(links.includes(url))
  assert.equal(kind, 'flow')
})

test('a form post carries its parameters byte by byte, and a parameter cannot stop it', () => {
  const parameters = { code: 'a', state: '" <&>\u{1f389}', submit: 'x' }
  const to = destination('https://app.example.com/cb')
  const page = formPostPage({ to, parameters }, EN)
  for (const [name, value] of Object.entries(parameters)) {
    assert.equal(attributesOfInput(page, name).get('value'), value)
  }
  assert.match(page.html, /HTMLFormElement\.prototype\.submit\.call/)
})

test('an error page says what to do and the id of the decision, and has no place for more', () => {
  const view = { kind: 'redirect', decisionId: 'dec_7Qm2', description: 'internal' } as const
  const text = textOfPage(errorPage(view, EN))
  assert.match(text, /dec_7Qm2/)
  assert.doesNotMatch(text, /internal/)
})

test('a logo is silent beside the name, and the policy allows it and nothing else', () => {
  const logos = { '/brand/logo.svg': "'self'", 'data:image/png;base64,iVBORw0KGgo=': 'data:' }
  for (const [logo, source] of Object.entries(logos)) {
    const page = signInPage(FORM, lookFor(resolveLook({ name: 'N', logo }), {}))
    assert.ok(policyOf(page).includes(`img-src ${source};`))
    const [image] = elementsOf(parsePage(page.html).document, 'img').map(attributesOf)
    assert.deepEqual([image?.get('src'), image?.get('alt')], [logo, ''])
  }
})

test('further fields go out with the page', () => {
  const answer = pageAnswer(signInPage(FORM, EN), [['set-cookie', '__Host-x=1']])
  assert.deepEqual(answer.headers.at(-1), ['set-cookie', '__Host-x=1'])
})

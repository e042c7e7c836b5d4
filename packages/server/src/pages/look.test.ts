import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError } from 'countersign'
import { COLOR_ATTACKS, LOGO_ATTACKS, PATH_ATTACKS } from './attacks.ts'
import { localPath } from './markup.ts'
import { lookFor, resolveLook, sourceOf } from './look.ts'
import { DE } from './messages/de.ts'

const refused = (code: string, options: object): void => {
  assert.throws(
    () => resolveLook({ name: 'Northwind', ...options }),
    (error) => error instanceof ConfigError && error.code === code,
  )
}

for (const { name, text } of COLOR_ATTACKS) {
  test(`refuses ${name} for a colour`, () => {
    refused('CS_CONFIG_LOOK_COLOR', { theme: { light: { accent: text } } })
    refused('CS_CONFIG_LOOK_COLOR', { theme: { dark: { text } } })
  })
}

for (const { name, text } of LOGO_ATTACKS) {
  test(`SR-008: refuses ${name} for a logo`, () => {
    refused('CS_CONFIG_LOOK_LOGO', { logo: text })
  })
}

for (const { name, text } of PATH_ATTACKS) {
  test(`SR-002: refuses ${name} for a path`, () => {
    assert.throws(() => localPath(text), TypeError)
  })
}

const MISTAKES = [
  ['an empty name', 'CS_CONFIG_LOOK_NAME', { name: ' ' }],
  ['a colour that there is not', 'CS_CONFIG_LOOK_COLOR', { theme: { light: { glow: '#000000' } } }],
  [
    'a colour of the prototype',
    'CS_CONFIG_LOOK_COLOR',
    { theme: { light: { toString: '#000000' } } },
  ],
  [
    'text that cannot be read',
    'CS_CONFIG_LOOK_CONTRAST',
    { theme: { light: { text: '#bbbbbb' } } },
  ],
  [
    'a button that cannot be read',
    'CS_CONFIG_LOOK_CONTRAST',
    { theme: { dark: { accent: '#0a1533' } } },
  ],
  ['a radius with a unit', 'CS_CONFIG_LOOK_RADIUS', { theme: { radiusPx: '4px' } }],
  ['a radius out of range', 'CS_CONFIG_LOOK_RADIUS', { theme: { radiusPx: 99 } }],
  ['a font of elsewhere', 'CS_CONFIG_LOOK_FONT', { theme: { font: 'url(x)' } }],
  ['a link with script', 'CS_CONFIG_LOOK_LINK', { links: { terms: 'javascript:alert(1)' } }],
  ['a link without TLS', 'CS_CONFIG_LOOK_LINK', { links: { support: 'http://example.com/' } }],
  ['a locale without catalogue', 'CS_CONFIG_LOOK_LOCALE', { defaultLocale: 'fr' }],
] as const

for (const [name, code, options] of MISTAKES) {
  test(`refuses ${name} at construction`, () => {
    refused(code, options)
  })
}

test('takes colours, a logo and links, and hashes the style sheet that they make', () => {
  const look = resolveLook({
    name: 'Northwind',
    logo: '/brand/logo.svg',
    theme: { light: { accent: '#0A6B4F' }, radiusPx: 0, font: 'serif' },
    links: { privacy: '/privacy', terms: 'https://example.com/terms' },
  })
  assert.match(look.style, /--cs-accent:#0A6B4F;--cs-accent-text:#ffffff/)
  assert.match(look.style, /--cs-radius:0px/)
  assert.equal(look.styleSource, sourceOf(look.style))
  assert.doesNotMatch(look.style, /url\(|@import|<\//)
})

test("speaks an operator's own catalogue, also in the place of ours", () => {
  const french = {
    locale: 'fr',
    direction: 'ltr',
    messages: { ...DE, 'sign-in.title': 'Connexion' },
  }
  const german = { locale: 'de', direction: 'ltr', messages: { ...DE, 'sign-in.title': 'Login' } }
  // `as const` would make the mutable list readonly; the direction is all that it is for.
  const catalogues = [french, german] as { locale: string; direction: 'ltr'; messages: typeof DE }[]
  const look = resolveLook({ name: 'N', catalogues, defaultLocale: 'fr' })
  assert.equal(String(lookFor(look, {}).say('sign-in.title')), 'Connexion')
  assert.equal(String(lookFor(look, { uiLocales: 'de-AT' }).say('sign-in.title')), 'Login')
})

/** How an installation's pages look and speak: checked once, then given to every page. */
import { createHash } from 'node:crypto'
import { assertConfig } from 'countersign'
import { lookUpLocale, type LocaleWishes } from './locale.ts'
import { localPath } from './markup.ts'
import type { Catalogue } from './messages/catalogue.ts'
import { DE } from './messages/de.ts'
import { EN } from './messages/en.ts'
import { speaker, type Speaker } from './messages/say.ts'
import { STYLE_RULES } from './stylesheet.ts'
import { themeCss, type ThemeOptions } from './theme.ts'

/** A text by locale: `{ en: 'See your orders', de: 'Ihre Bestellungen sehen' }`. */
export type LocalizedText = Readonly<Record<string, string>>

/** What an operator says about the pages. Trusted, and checked all the same. */
export interface LookOptions {
  /** The service, as people know it. */
  readonly name: string
  /** A path that the operator serves on the same origin, or a `data:` URL of a PNG, SVG or WebP. */
  readonly logo?: string
  readonly theme?: ThemeOptions
  /** Shown under every page; HTTPS, or a path on the same origin. */
  readonly links?: Readonly<Partial<Record<'terms' | 'privacy' | 'support', string>>>
  /** Scopes in words. A scope without words is shown as it is. */
  readonly scopes?: Readonly<Record<string, LocalizedText>>
  /** Catalogues besides English and German, or in their place. */
  readonly catalogues?: readonly Catalogue[]
  /** Spoken where the request wishes nothing that there is. @defaultValue `en` */
  readonly defaultLocale?: string
}

/** The same for every request: result of {@link resolveLook}. */
export interface ResolvedLook {
  readonly name: string
  readonly logo: string | undefined
  readonly links: Readonly<Partial<Record<'terms' | 'privacy' | 'support', string>>>
  readonly scopes: ReadonlyMap<string, LocalizedText>
  readonly style: string
  /** Of `style`, as a policy names it: `'sha256-…'`. */
  readonly styleSource: string
  readonly speakers: ReadonlyMap<string, Speaker>
  readonly fallback: Speaker
}

/** What pages are given: the look, in the language of the request. */
export interface Look extends ResolvedLook, Speaker {}

const LOGO_DATA = /^data:image\/(?:png|webp|svg\+xml);base64,[A-Za-z\d+/]+={0,2}$/
/** A logo stands in every page. */
const MAX_LOGO_CHARS = 32_768

/**
 * Checks an operator's options and makes a look of them.
 *
 * @throws ConfigError for a logo or link that would load or lead elsewhere than said, colours that
 *   are none or cannot be read, a default locale without a catalogue.
 */
export function resolveLook(options: LookOptions): ResolvedLook {
  const { name, logo, theme = {}, links = {}, scopes = {}, catalogues = [] } = options
  const { defaultLocale = 'en' } = options
  assertConfig(name.trim() !== '', 'CS_CONFIG_LOOK_NAME', 'look.name must not be empty')
  assertConfig(
    logo === undefined || isLogo(logo),
    'CS_CONFIG_LOOK_LOGO',
    'look.logo must be a path of this origin, or a base64 data URL of PNG, SVG or WebP up to 32 KB',
  )
  for (const link of Object.values(links)) {
    assertConfig(isLink(link), 'CS_CONFIG_LOOK_LINK', 'look.links must be https URLs or paths')
  }
  const speakers = speakersOf(catalogues)
  const fallback = speakers.get(defaultLocale.toLowerCase())
  assertConfig(fallback, 'CS_CONFIG_LOOK_LOCALE', 'look.defaultLocale has no catalogue')
  const style = `${themeCss(theme)}\n${STYLE_RULES}`
  const styleSource = sourceOf(style)
  const words = new Map(Object.entries(scopes))
  const resolved = { name, logo, links, scopes: words, style, styleSource, speakers, fallback }
  return Object.freeze(resolved)
}

/** The look in the language that the request wishes for. */
export const lookFor = (look: ResolvedLook, wishes: LocaleWishes): Look => ({
  ...look,
  ...(lookUpLocale(wishes, look.speakers) ?? look.fallback),
})

/** A text as the source of a Content-Security-Policy names it (CSP Level 3 §2.3.1). */
export const sourceOf = (text: string): string =>
  `'sha256-${createHash('sha256').update(text).digest('base64')}'`

function speakersOf(given: readonly Catalogue[]): ReadonlyMap<string, Speaker> {
  const all: readonly Catalogue[] = [
    { locale: 'en', direction: 'ltr', messages: EN },
    { locale: 'de', direction: 'ltr', messages: DE },
    ...given,
  ]
  return new Map(all.map((catalogue) => [catalogue.locale.toLowerCase(), speaker(catalogue)]))
}

const isLogo = (logo: string): boolean =>
  isPath(logo) || (logo.length <= MAX_LOGO_CHARS && LOGO_DATA.test(logo))

const isLink = (link: string): boolean =>
  isPath(link) || (/^https:\/\/[!-~]+$/.test(link) && URL.canParse(link))

function isPath(text: string): boolean {
  try {
    return localPath(text) === text
  } catch {
    return false
  }
}

/**
 * The colours of the pages: custom properties, checked at construction. Only hexadecimal colours get
 * in, so no value can end a declaration, and every pair that is read together has contrast enough.
 */
import { assertConfig } from 'countersign'

/** What can be coloured; each is a custom property, `accentText` is `--cs-accent-text`. */
export interface Colors {
  /** Buttons, links, the ring around what has the focus. */
  readonly accent: string
  /** On buttons. */
  readonly accentText: string
  /** Behind the card. */
  readonly background: string
  /** The card. */
  readonly surface: string
  readonly text: string
  readonly muted: string
  readonly border: string
  /** Errors. */
  readonly danger: string
  /** Behind a warning. */
  readonly notice: string
}

/** What an operator may change of it. */
export interface ThemeOptions {
  readonly light?: Partial<Colors>
  readonly dark?: Partial<Colors>
  /** Radius of corners, 0 to 24 pixels. @defaultValue 10 */
  readonly radiusPx?: number
  /** @defaultValue `sans` */
  readonly font?: 'sans' | 'serif' | 'mono'
}

const LIGHT: Colors = {
  accent: '#1f4fd8',
  accentText: '#ffffff',
  background: '#f3f4f7',
  surface: '#ffffff',
  text: '#14171f',
  muted: '#565d6d',
  border: '#8b92a1',
  danger: '#b3261e',
  notice: '#fff4dc',
}

const DARK: Colors = {
  accent: '#8fb0ff',
  accentText: '#0a1533',
  background: '#0e1116',
  surface: '#171b22',
  text: '#eceff4',
  muted: '#a9b1c0',
  border: '#6f7888',
  danger: '#ff9e94',
  notice: '#33290f',
}

const FONTS = {
  sans: 'system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif',
  serif: '"Iowan Old Style","Palatino Linotype",Georgia,"Noto Serif",serif',
  mono: 'ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace',
} as const

/** Pairs that are read together, with the least contrast of WCAG 2.2 §1.4.3 and §1.4.11. */
const CONTRASTS: readonly (readonly [keyof Colors, keyof Colors, number])[] = [
  ['text', 'surface', 4.5],
  ['text', 'notice', 4.5],
  ['text', 'background', 4.5],
  ['muted', 'surface', 4.5],
  ['muted', 'background', 4.5],
  ['accent', 'surface', 4.5],
  ['accent', 'background', 4.5],
  ['accentText', 'accent', 4.5],
  ['danger', 'surface', 4.5],
  ['border', 'surface', 3],
]

/**
 * The custom properties as CSS: light, then dark for who prefers it.
 *
 * @throws ConfigError for an unknown colour name, a value that is no `#rrggbb`, a pair that cannot
 *   be read, a radius out of range or an unknown font.
 */
export function themeCss({ light, dark, radiusPx = 10, font = 'sans' }: ThemeOptions): string {
  assertConfig(
    Number.isInteger(radiusPx) && radiusPx >= 0 && radiusPx <= 24,
    'CS_CONFIG_LOOK_RADIUS',
    'look.theme.radiusPx must be a whole number from 0 to 24',
  )
  assertConfig(
    Object.hasOwn(FONTS, font),
    'CS_CONFIG_LOOK_FONT',
    'look.theme.font must be sans, serif or mono',
  )
  const shape = `--cs-radius:${radiusPx}px;--cs-font:${FONTS[font]}`
  const day = properties(resolve('light', LIGHT, light))
  const night = properties(resolve('dark', DARK, dark))
  return `:root{${day};${shape}}@media (prefers-color-scheme:dark){:root{${night}}}`
}

function resolve(scheme: string, defaults: Colors, given: Partial<Colors> = {}): Colors {
  for (const [name, value] of Object.entries(given)) {
    assertConfig(
      Object.hasOwn(defaults, name) && /^#[\da-f]{6}$/i.test(value),
      'CS_CONFIG_LOOK_COLOR',
      `look.theme.${scheme} takes ${Object.keys(defaults).join(', ')}, each as #rrggbb`,
    )
  }
  const colors = { ...defaults, ...given }
  for (const [front, back, least] of CONTRASTS) {
    assertConfig(
      contrast(colors[front], colors[back]) >= least,
      'CS_CONFIG_LOOK_CONTRAST',
      `look.theme.${scheme}: ${front} on ${back} needs a contrast of ${least}:1 (WCAG 2.2)`,
    )
  }
  return colors
}

const properties = (colors: Colors): string =>
  Object.entries(colors)
    .map(([name, value]) => `--cs-${name.replace(/[A-Z]/, (c) => `-${c.toLowerCase()}`)}:${value}`)
    .join(';')

const contrast = (a: string, b: string): number => {
  const [darker = 0, lighter = 0] = [luminance(a), luminance(b)].toSorted((x, y) => x - y)
  return (lighter + 0.05) / (darker + 0.05)
}

/** Relative luminance as WCAG 2.2 defines it. */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** A catalogue speaking: messages with their values, numbers, durations and times. */
import { html, type Child, type Markup } from '../markup.ts'
import type { Catalogue, MessageKey, ValueNames } from './catalogue.ts'

type Values<K extends MessageKey> = [ValueNames<K>] extends [never]
  ? readonly []
  : readonly [values: Readonly<Record<ValueNames<K>, Child>>]

/** What pages say things with. */
export interface Speaker {
  readonly locale: string
  readonly direction: 'ltr' | 'rtl'
  /** The message with its values, which are escaped like everything else. */
  readonly say: <K extends MessageKey>(key: K, ...values: Values<K>) => Markup
  /** `30 days`, `12 hours`: the largest unit that says it exactly. */
  readonly duration: (seconds: number) => string
  /** A `time` element, in UTC: a page without script does not know the zone of its reader. */
  readonly time: (at: number | null) => Markup
}

const UNITS: readonly (readonly [unit: string, seconds: number])[] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
]

const WHEN: Intl.DateTimeFormatOptions = {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: 'numeric',
  minute: '2-digit',
  timeZone: 'UTC',
  timeZoneName: 'short',
}

/** Makes a catalogue speak. */
export function speaker({ locale, direction, messages }: Catalogue): Speaker {
  const plural = new Intl.PluralRules(locale)
  const when = new Intl.DateTimeFormat(locale, WHEN)

  const text = (key: MessageKey, values: Readonly<Record<string, Child>>): string => {
    const message = messages[key]
    if (typeof message === 'string') return message
    return message[plural.select(Number(values['count']))] ?? message.other
  }
  return {
    locale,
    direction,
    say: (key, ...[values = {}]) => fill(text(key, values), values),
    duration: (seconds) => durationIn(locale, seconds),
    time(at) {
      if (at === null) return fill(text('time.never', {}), {})
      const date = new Date(at * 1000)
      return html`<time datetime="${date.toISOString()}">${when.format(date)}</time>`
    },
  }
}

function durationIn(locale: string, seconds: number): string {
  const whole = Math.max(1, Math.round(seconds))
  const [unit, size] = UNITS.find(([, length]) => whole % length === 0) ?? ['second', 1]
  const format = new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' })
  return format.format(whole / size)
}

/** Splits at `{name}`, so that values never meet the text as text. */
const fill = (message: string, values: Readonly<Record<string, Child>>): Markup => {
  const parts = message.split(/\{(\w+)\}/)
  return html`${parts.map((part, index) => (index % 2 === 0 ? part : values[part]))}`
}

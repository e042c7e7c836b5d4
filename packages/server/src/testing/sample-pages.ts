/**
 * Every page of the authority in every state it has, as functions of a look and of the texts that
 * strangers write into them: tests fill in hostile ones, screenshots honest ones.
 */
import { accountPage } from '../pages/account.ts'
import { consentPage, type AccessView, type ClientView } from '../pages/consent.ts'
import { parseDestination, type Destination } from '../pages/destination.ts'
import { deviceCodePage, deviceConfirmPage, deviceDonePage } from '../pages/device.ts'
import { errorPage, type PageError } from '../pages/error.ts'
import type { Look } from '../pages/look.ts'
import { continuePage, formPostPage } from '../pages/onward.ts'
import type { Page } from '../pages/page.ts'
import { signInPage } from '../pages/sign-in.ts'
import { signedOutPage, signOutPage } from '../pages/sign-out.ts'

/** A page to make, with `text` in the place of everything that a stranger can choose. */
export type SamplePage = (look: Look, text: string) => Page

/** 2026-11-24 10:00 UTC. */
const NOW = 1_795_514_400
const DAY = 86_400

const FORM = { action: '/oauth/interaction', csrf: 'rV3xQ0cVdF1uYb7nD2kLtA' }

/** A destination that is known to be one. */
export function destination(url: string): Destination {
  const parsed = parseDestination(url)
  if (!parsed.ok) throw new TypeError(`not a destination: ${url}`)
  return parsed.value
}

const WEB = destination('https://app.example.com/callback')
const client = (text: string): ClientView => ({ id: 'cli_7Qm2xT', name: text, verified: true })
const access: AccessView = {
  scopes: ['openid', 'profile', 'orders:read', 'orders:write', 'offline_access'],
  already: ['openid'],
  resources: ['https://api.example.com'],
  lifetimeSeconds: 30 * DAY,
}

const ERRORS: readonly PageError[] = [
  ...(['request', 'client', 'redirect', 'expired', 'forbidden'] as const),
  ...(['missing', 'limited', 'internal', 'unavailable'] as const),
]

const SIGN_IN: Readonly<Record<string, SamplePage>> = {
  'sign-in': (look, text) => signInPage({ ...FORM, client: text }, look),
  'sign-in, wrong': (look, text) =>
    signInPage({ ...FORM, client: text, username: text, failure: { kind: 'wrong' } }, look),
  'sign-in, limited': (look, text) =>
    signInPage({ ...FORM, username: text, failure: { kind: 'limited', seconds: 30 } }, look),
  'sign-in, again, with providers': (look, text) => {
    const providers = [{ name: text, path: '/oauth/upstream/acme?i=7' }]
    return signInPage({ ...FORM, carry: { interaction: text }, again: true, providers }, look)
  },
  'sign-in, providers only': (look, text) =>
    signInPage({ ...FORM, password: false, providers: [{ name: text, path: '/up' }] }, look),
}

const CONSENT: Readonly<Record<string, SamplePage>> = {
  consent: (look, text) =>
    consentPage({ ...FORM, client: client(text), access, redirect: WEB, user: text }, look),
  'consent, unverified': (look, text) => {
    const unverified = { ...client(text), id: text, verified: false, policy: WEB, terms: WEB }
    const asked = { scopes: [text], resources: [text], lifetimeSeconds: null }
    return consentPage(
      { ...FORM, client: unverified, access: asked, redirect: WEB, user: text },
      look,
    )
  },
  'consent, loopback, with details': (look, text) => {
    const details = [{ type: text, members: [[text, text] as const] }]
    const asked = { ...access, scopes: [], details }
    const redirect = destination('http://127.0.0.1:49152/callback')
    return consentPage({ ...FORM, client: client(text), access: asked, redirect, user: text }, look)
  },
  'consent, nothing asked': (look, text) => {
    const asked = { scopes: [], lifetimeSeconds: 3600 }
    const redirect = destination('com.example.app:/callback')
    return consentPage({ ...FORM, client: client(text), access: asked, redirect, user: text }, look)
  },
}

const DEVICE: Readonly<Record<string, SamplePage>> = {
  device: (look) => deviceCodePage(FORM, look),
  'device, wrong': (look, text) =>
    deviceCodePage({ ...FORM, userCode: text, failure: { kind: 'wrong' } }, look),
  'device, limited': (look, text) =>
    deviceCodePage({ ...FORM, userCode: text, failure: { kind: 'limited', seconds: 60 } }, look),
  'device, confirm': (look, text) =>
    deviceConfirmPage(
      {
        ...FORM,
        client: client(text),
        access: { ...access, already: [] },
        user: text,
        userCode: text,
        requestedFrom: text,
        requestedAt: NOW - 90,
      },
      look,
    ),
  'device, allowed': (look, text) =>
    deviceDonePage({ client: client(text), outcome: 'allowed' }, look),
  'device, denied': (look, text) =>
    deviceDonePage({ client: client(text), outcome: 'denied' }, look),
}

const seen = { signedInAt: NOW - 4 * DAY, lastSeenAt: NOW - 300 }
const granted = { createdAt: NOW - 40 * DAY, lastUsedAt: NOW - 7200, expiresAt: NOW + 20 * DAY }
const unused = { createdAt: NOW - DAY, lastUsedAt: null, expiresAt: null }

const ACCOUNT: Readonly<Record<string, SamplePage>> = {
  account: (look, text) =>
    accountPage(
      {
        ...FORM,
        action: '/oauth/account',
        user: text,
        sessions: [
          { id: 'ses_1', device: text, address: '203.0.113.7', ...seen, current: true },
          { id: 'ses_2', device: text, ...seen, current: false },
        ],
        grants: [
          { id: 'grt_1', client: client(text), scopes: ['openid', 'orders:read'], ...granted },
          { id: 'grt_2', client: { id: text }, scopes: [text], ...unused },
        ],
        notice: { kind: 'grant-revoked', client: client(text) },
      },
      look,
    ),
  'account, empty': (look, text) => {
    const notice = { kind: 'sessions-ended' } as const
    const sessions = [{ id: 'ses_1', device: text, ...seen, current: true }]
    return accountPage({ ...FORM, user: text, sessions, grants: [], notice }, look)
  },
  'sign-out': (look, text) => signOutPage({ ...FORM, user: text, client: client(text) }, look),
  'signed out': (look) => signedOutPage({ returnTo: WEB, signInPath: '/oauth/sign-in' }, look),
}

const ONWARD: Readonly<Record<string, SamplePage>> = {
  continue: (look) => continuePage({ to: destination(`${WEB.url}?code=a&state=b%22`) }, look),
  'continue to an app': (look) => continuePage({ to: destination('com.example:/cb?code=a') }, look),
  'form post': (look, text) =>
    formPostPage({ to: WEB, parameters: { code: 'a', state: text, submit: text } }, look),
}

const errorSample =
  (kind: PageError): SamplePage =>
  (look, text) =>
    errorPage({ kind, decisionId: text }, look)

/** All of them, by name. */
export const SAMPLE_PAGES: ReadonlyMap<string, SamplePage> = new Map<string, SamplePage>([
  ...[SIGN_IN, CONSENT, DEVICE, ACCOUNT, ONWARD].flatMap((table) => Object.entries(table)),
  ...ERRORS.map((kind) => [`error, ${kind}`, errorSample(kind)] as const),
])

/** What strangers write into pages, and operators by mistake: each row is refused or shown as text. */

/** Something hostile, and what it would do. */
export interface PageAttack {
  readonly name: string
  readonly text: string
}

/** Names, scopes, states, user names: nothing of it may become markup. */
export const MARKUP_ATTACKS: readonly PageAttack[] = [
  { name: 'a script element', text: '<script>alert(1)</script>' },
  { name: 'the end of an attribute and a handler', text: '" autofocus onfocus="alert(1)' },
  { name: 'the end of a single-quoted attribute', text: "' onmouseover='alert(1)" },
  { name: 'the end of a tag inside an attribute', text: '"><img src=x onerror=alert(1)>' },
  { name: 'the end of the title', text: '</title><script>alert(1)</script>' },
  { name: 'the end of the style sheet', text: '</style><script>alert(1)</script>' },
  { name: 'the end of the script', text: '</script><script>alert(1)</script>' },
  {
    name: 'a second form that posts elsewhere',
    text: '</form><form action="https://evil.example">',
  },
  { name: 'a base for relative addresses', text: '<base href="https://evil.example/">' },
  { name: 'a refresh', text: '<meta http-equiv="refresh" content="0;url=https://evil.example">' },
  { name: 'a comment that swallows the page', text: '<!--' },
  { name: 'markup that is escaped already', text: '&lt;script&gt;&#x3c;b&#62;&quot;' },
  { name: 'a place of the catalogue', text: '{client}{user}{constructor}{__proto__}' },
  { name: 'a replacement pattern', text: "$& $` $' $1 $<client>" },
  { name: 'template syntax', text: '${alert(1)}{{alert(1)}}<%= alert(1) %>' },
  { name: 'an SVG with a handler', text: '<svg/onload=alert(1)>' },
  { name: 'a NUL in a tag', text: '<scr\u0000ipt>alert(1)</scr\u0000ipt>' },
  { name: 'overlong and fullwidth brackets', text: '\uff1cscript\uff1e\u2039b\u203a' },
  { name: 'a lone surrogate before a quote', text: '\ud800" onfocus=alert(1) x="' },
]

/** Names that look like another name, or like none. */
export const SPOOFS: readonly (PageAttack & { readonly shown: string })[] = [
  { name: 'letters turned around', text: 'Pay\u202elaP\u202c', shown: 'Pay\ufffdlaP\ufffd' },
  { name: 'an isolate that is never closed', text: '\u2067Bank', shown: '\ufffdBank' },
  { name: 'a mark of direction', text: 'Bank\u200f!', shown: 'Bank\ufffd!' },
  { name: 'a space without width', text: 'Ban\u200bk', shown: 'Ban\ufffdk' },
  { name: 'a joiner without need', text: 'Ban\u200dk', shown: 'Bank' },
  { name: 'a soft hyphen', text: 'Ban\u00adk', shown: 'Ban\ufffdk' },
  { name: 'a Hangul filler', text: 'Bank\u3164', shown: 'Bank\ufffd' },
  { name: 'a blank of Braille', text: 'Bank\u2800', shown: 'Bank\ufffd' },
  { name: 'a tag character', text: 'Bank\u{e0041}', shown: 'Bank\ufffd' },
  { name: 'a character of private use', text: 'Bank\ue000', shown: 'Bank\ufffd' },
  { name: 'an escape sequence', text: 'Bank\u001b[2J', shown: 'Bank\ufffd[2J' },
  { name: 'lines of its own', text: 'Bank\n\n\u2028Verified by us', shown: 'Bank Verified by us' },
  { name: 'spaces that push the rest away', text: `Bank${'\u00a0'.repeat(60)}x`, shown: 'Bank x' },
  {
    name: 'accents over the lines above',
    text: `B${'\u0300'.repeat(500)}`,
    shown: 'B\u0300\u0300\u0300',
  },
  { name: 'a whole page of name', text: 'Bank '.repeat(2000), shown: `${'Bank '.repeat(15)}Bank…` },
]

/** Names of which nothing can be seen: the id of the client stands in for them. */
export const EMPTY_NAMES: readonly PageAttack[] = [
  { name: 'no name', text: '' },
  { name: 'spaces', text: ' \u00a0\u3000\t' },
  { name: 'characters without width', text: '\u200b\u200d\u2060\ufeff' },
  { name: 'fillers', text: '\u3164\u115f\u2800' },
  { name: 'marks alone', text: '\u0301\u0301' },
  { name: 'points alone', text: '…' },
]

/** URLs that no page leads to. */
export const URL_ATTACKS: readonly PageAttack[] = [
  { name: 'script', text: 'javascript:alert(1)' },
  { name: 'script in capitals', text: 'JaVaScRiPt:alert(1)' },
  { name: 'script behind a tab', text: 'java\tscript:alert(1)' },
  { name: 'script behind a line break', text: 'java\nscript:alert(1)' },
  { name: 'script behind a space', text: ' javascript:alert(1)' },
  { name: 'script behind a control', text: '\u0001javascript:alert(1)' },
  {
    name: 'script that looks like a web address',
    text: 'javascript://app.example.com/%0aalert(1)',
  },
  { name: 'a page in the URL', text: 'data:text/html,<script>alert(1)</script>' },
  { name: 'another script', text: 'vbscript:msgbox(1)' },
  { name: 'a page of the client in our origin', text: 'blob:https://as.example/7f1c' },
  { name: 'a file', text: 'file:///etc/passwd' },
  { name: 'a file system', text: 'filesystem:https://as.example/temporary/x' },
  { name: 'the source of a page', text: 'view-source:https://as.example/' },
  { name: 'an empty page of our origin', text: 'about:blank' },
  {
    name: 'an intent with an address of its own',
    text: 'intent://x#Intent;S.browser_fallback_url=https%3A%2F%2Fevil.example;end',
  },
  { name: 'the web without TLS', text: 'http://app.example.com/callback' },
  { name: 'a host that only begins with localhost', text: 'http://localhost.evil.example/' },
  { name: 'a host in front of an @', text: 'https://bank.example@evil.example/' },
  { name: 'a password', text: 'https://user:pass@evil.example/' },
  { name: 'no scheme', text: '//evil.example/' },
  { name: 'a path', text: '/callback' },
  { name: 'nothing', text: '' },
  { name: 'a host in look-alike letters', text: 'https://b\u0430nk.example/' },
  { name: 'a quote', text: 'https://app.example.com/" onclick="x y' },
]

/** Paths that lead to another server. */
export const PATH_ATTACKS: readonly PageAttack[] = [
  { name: 'a server without scheme', text: '//evil.example/' },
  { name: 'a backslash that browsers read as a slash', text: '/\\evil.example/' },
  { name: 'a tab between two slashes', text: '/\t/evil.example/' },
  { name: 'another origin', text: 'https://evil.example/' },
  { name: 'script', text: 'javascript:alert(1)' },
  { name: 'a relative path', text: 'evil' },
  { name: 'nothing', text: '' },
]

/** Values of an operator that would end a declaration of the style sheet, or load something. */
export const COLOR_ATTACKS: readonly PageAttack[] = [
  { name: 'the end of the declaration', text: '#000;}body{display:none' },
  { name: 'the end of the style sheet', text: '</style><script>alert(1)</script>' },
  { name: 'an address', text: 'url(https://evil.example/x)' },
  { name: 'a variable', text: 'var(--x)' },
  { name: 'a line break behind a colour', text: '#000000\n' },
  { name: 'a name', text: 'red' },
  { name: 'a short colour', text: '#000' },
]

/** Logos that would load from elsewhere, or run. */
export const LOGO_ATTACKS: readonly PageAttack[] = [
  { name: 'another server', text: 'https://cdn.example/logo.png' },
  { name: 'a server without scheme', text: '//cdn.example/logo.png' },
  { name: 'a page', text: 'data:text/html;base64,PGI+' },
  { name: 'script', text: 'javascript:alert(1)' },
  { name: 'the end of the attribute', text: 'data:image/png;base64,AA" onerror="x' },
  { name: 'more than a page', text: `data:image/png;base64,${'A'.repeat(40_000)}` },
]

/**
 * The one style sheet. It stands in the page, allowed by its hash: 7 KB, no second request before the
 * first paint, nothing to get out of step. Every colour is a custom property of theme.ts.
 */

const RULES = `
*,::before,::after{box-sizing:border-box}
html{color-scheme:light dark;font:100%/1.5 var(--cs-font);-webkit-text-size-adjust:100%}
body{margin:0;min-height:100vh;display:flex;flex-direction:column;align-items:center;justify-content:center;gap:1.25rem;padding:1.5rem 1rem;background:var(--cs-background);color:var(--cs-text);overflow-wrap:break-word}
.skip{position:absolute;inset-inline-start:-100vw}
.skip:focus{inset-inline-start:1rem;inset-block-start:1rem;padding:.5rem .75rem;background:var(--cs-surface)}
header{display:flex;align-items:center;gap:.625rem;font-weight:600;font-size:1.0625rem;max-width:100%}
header img{display:block;height:2rem;max-width:12rem}
.mark{display:grid;place-items:center;flex:none;width:2rem;height:2rem;border-radius:calc(var(--cs-radius)*.7);background:var(--cs-accent);color:var(--cs-accent-text);font-weight:700}
main{width:100%;max-width:27rem;padding:2rem;background:var(--cs-surface);border:1px solid color-mix(in srgb,var(--cs-border) 35%,transparent);border-radius:calc(var(--cs-radius)*1.4);box-shadow:0 1px 2px rgb(0 0 0/.05),0 8px 28px rgb(0 0 0/.07)}
main.wide{max-width:46rem}
h1{margin:0;font-size:1.5rem;line-height:1.25;letter-spacing:-.011em;font-weight:650}
h1:focus{outline:none}
h2{margin:2rem 0 .25rem;font-size:1.0625rem;line-height:1.35}
h3{margin:0;font-size:1rem}
p{margin:.5rem 0 0}
.lead{color:var(--cs-muted)}
a{color:var(--cs-accent);text-underline-offset:.15em}
:focus-visible{outline:3px solid var(--cs-accent);outline-offset:2px}
form{margin:0}
.stack{display:grid;gap:1.125rem;margin-top:1.5rem}
label{display:block;margin-bottom:.375rem;font-weight:600;font-size:.9375rem}
.hint{margin:0 0 .375rem;color:var(--cs-muted);font-size:.875rem}
input[type=text],input[type=password]{display:block;width:100%;min-height:2.875rem;padding:.5rem .75rem;font:inherit;color:var(--cs-text);background:var(--cs-surface);border:1px solid var(--cs-border);border-radius:var(--cs-radius)}
input[aria-invalid=true]{border:2px solid var(--cs-danger)}
input:focus{outline:3px solid var(--cs-accent);outline-offset:1px}
input.code{font-family:ui-monospace,SFMono-Regular,Menlo,"DejaVu Sans Mono",monospace;font-size:1.375rem;letter-spacing:.12em;text-align:center;text-transform:uppercase}
.wrong{margin:.5rem 0 0;color:var(--cs-danger);font-size:.9375rem;font-weight:600}
.wrong::before{content:"";display:inline-block;width:.5em;height:.5em;margin-inline-end:.45em;border-radius:50%;background:currentColor;vertical-align:.09em}
button,.button{display:inline-block;min-height:2.875rem;padding:.75rem 1.125rem;font:inherit;font-weight:600;line-height:1.25;text-align:center;text-decoration:none;cursor:pointer;border:1px solid var(--cs-accent);border-radius:var(--cs-radius);background:var(--cs-accent);color:var(--cs-accent-text)}
button.plain,.button.plain{background:transparent;color:var(--cs-text);border-color:var(--cs-border)}
button.small{min-height:2.25rem;padding:.4375rem .875rem;font-size:.9375rem}
button.link{min-height:1.75rem;padding:0 .125rem;border:0;background:none;color:var(--cs-accent);font-weight:500;text-decoration:underline;text-underline-offset:.15em}
button:hover,.button:hover{filter:brightness(1.08)}
button.plain:hover,.button.plain:hover{filter:none;background:color-mix(in srgb,var(--cs-text) 7%,transparent)}
.choice{display:flex;flex-wrap:wrap-reverse;gap:.75rem;margin-top:1.5rem}
.choice>*{flex:1 1 9rem}
.or{display:flex;align-items:center;gap:.75rem;margin:1.25rem 0;color:var(--cs-muted);font-size:.875rem}
.or::before,.or::after{content:"";flex:1;border-top:1px solid color-mix(in srgb,var(--cs-border) 45%,transparent)}
.ways{display:grid;gap:.75rem}
.who{display:flex;flex-wrap:wrap;align-items:baseline;justify-content:space-between;gap:.125rem .75rem;margin-top:.375rem;color:var(--cs-muted);font-size:.9375rem}
.note{margin-top:1.25rem;padding:.75rem .875rem;background:var(--cs-notice);border-inline-start:4px solid currentColor;border-radius:calc(var(--cs-radius)*.6);font-size:.9375rem}
.done{margin-top:1.25rem;padding:.75rem .875rem;border:1px solid var(--cs-accent);border-radius:var(--cs-radius)}
.scopes{list-style:none;margin:.75rem 0 0;padding:0;border:1px solid color-mix(in srgb,var(--cs-border) 45%,transparent);border-radius:var(--cs-radius)}
.scopes li{padding:.625rem .875rem}
.scopes li+li{border-top:1px solid color-mix(in srgb,var(--cs-border) 30%,transparent)}
.scopes small{display:block;color:var(--cs-muted);font-size:.8125rem}
code{font-family:ui-monospace,SFMono-Regular,Menlo,"DejaVu Sans Mono",monospace;font-size:.9em}
small code{font-size:1em}
dl{display:grid;grid-template-columns:minmax(6rem,auto) 1fr;gap:.25rem 1rem;margin:1.25rem 0 0;font-size:.9375rem}
dt{color:var(--cs-muted)}
dd{margin:0;min-width:0;overflow-wrap:anywhere}
.big{display:block;margin-top:.75rem;padding:.75rem;border:1px solid var(--cs-border);border-radius:var(--cs-radius);font-size:1.5rem;letter-spacing:.12em;text-align:center}
.fine{margin-top:1.25rem;color:var(--cs-muted);font-size:.875rem}
.items{list-style:none;margin:.75rem 0 0;padding:0}
.items>li{display:grid;grid-template-columns:1fr auto;align-items:start;gap:.5rem 1rem;padding:1rem 0;border-top:1px solid color-mix(in srgb,var(--cs-border) 40%,transparent)}
.items dl{margin-top:.5rem}
ul ul{list-style:disc}
.items ul{margin:.25rem 0 0;padding-inline-start:1.125rem;color:var(--cs-muted);font-size:.9375rem}
.tag{display:inline-block;margin-inline-start:.5rem;padding:0 .5rem;border:1px solid currentColor;border-radius:1rem;color:var(--cs-accent);font-size:.8125rem;font-weight:600;vertical-align:.1em}
footer nav{display:flex;flex-wrap:wrap;justify-content:center;gap:.25rem 1.25rem;font-size:.875rem}
footer a{color:var(--cs-muted)}
.unseen{position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media (max-width:30rem){body{padding:1.25rem 0 1rem;justify-content:flex-start}main{padding:1.5rem 1.25rem;border-width:1px 0;border-radius:0;box-shadow:none}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}.items>li{grid-template-columns:1fr}}
@media (prefers-contrast:more){main,.scopes,.scopes li+li{border-color:var(--cs-text)}}
@media (forced-colors:active){.note,.done,main{border:1px solid}.mark{border:1px solid}}
@media print{body{background:none}main{border:0;box-shadow:none}}
`

/** The rules, on one line each and without a line break around them. */
export const STYLE_RULES: string = RULES.trim()

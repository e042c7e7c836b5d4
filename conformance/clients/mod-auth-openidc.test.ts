/** mod_auth_openidc, a certified relying party in C, behind Apache. Debian: `apt-get install apache2 libapache2-mod-auth-openidc`. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { addClient, type TestClient } from '../../packages/server/src/testing/authority.ts'
import { cookieJar } from '../../packages/server/src/testing/cookie-jar.ts'
import { formPerson } from '../runner/person.ts'
import { LOGIN, serveOurs, type OurAuthority } from '../testing/our-target.ts'

const MODULE = '/usr/lib/apache2/modules/mod_auth_openidc.so'
const APACHE = '/usr/sbin/apache2'
const missing = [APACHE, MODULE].find((path) => !existsSync(path))
const skip = missing !== undefined && `${missing} is not installed`

interface Site {
  readonly folder: string
  readonly home: string
  readonly issuer: string
  readonly client: TestClient
}

const configuration = ({ folder, home, issuer, client }: Site): string => `
ServerRoot "/usr/lib/apache2"
ServerName 127.0.0.1
Listen ${new URL(home).host}
PidFile ${folder}/apache.pid
DefaultRuntimeDir ${folder}
Mutex file:${folder} default
ErrorLog ${folder}/error.log
User www-data
Group www-data
${['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'auth_openidc']
  .map((name) => `LoadModule ${name}_module modules/mod_${name}.so`)
  .join('\n')}
DocumentRoot ${folder}/www
OIDCProviderMetadataURL ${issuer}/.well-known/openid-configuration
OIDCClientID ${client.id}
OIDCClientSecret ${client.secret}
OIDCProviderTokenEndpointAuth client_secret_basic
OIDCRedirectURI ${home}/app/callback
OIDCCryptoPassphrase ${randomBytes(24).toString('hex')}
# Whatever the request says of itself: it is no browser's.
OIDCUnAuthAction auth true
OIDCPKCEMethod S256
OIDCScope "openid profile"
OIDCInfoHook id_token userinfo access_token refresh_token
<Location /app>
  AuthType openid-connect
  Require valid-user
</Location>
`

async function freePort(): Promise<number> {
  const probe = createServer()
  await once(probe.listen(0, '127.0.0.1'), 'listening')
  const address = probe.address()
  probe.close()
  return typeof address === 'object' && address !== null ? address.port : assert.fail()
}

suite('mod_auth_openidc behind Apache', { skip }, () => {
  let at: OurAuthority
  let folder: string
  let home: string
  let apache: ChildProcess
  before(async () => {
    at = await serveOurs()
    home = `http://127.0.0.1:${await freePort()}`
    const settings = {
      applicationType: 'native',
      grantTypes: ['authorization_code', 'refresh_token'],
      redirectUris: [`${home}/app/callback`],
      postLogoutRedirectUris: [`${home}/bye`],
    } as const
    const client = await addClient(at, settings, { scopes: ['profile'] })
    folder = await mkdtemp(join(tmpdir(), 'countersign-apache-'))
    await mkdir(join(folder, 'www/app'), { recursive: true })
    await writeFile(join(folder, 'www/app/index.html'), 'inside')
    await writeFile(
      join(folder, 'apache.conf'),
      configuration({ folder, home, issuer: at.url, client }),
    )
    await chmod(folder, 0o755)
    const given = ['-D', 'FOREGROUND', '-f', join(folder, 'apache.conf')]
    apache = spawn(APACHE, given, { stdio: ['ignore', 'inherit', 'inherit'] })
    await listening(home)
  })
  after(async () => {
    const gone = once(apache, 'exit')
    apache.kill('SIGTERM')
    await gone
    await at.close()
    await rm(folder, { recursive: true, force: true })
  })

  test('a person comes in, is known by name, and signs out at the authority', async () => {
    const jar = cookieJar()
    const ask = async (address: string): Promise<Response> => {
      const url = new URL(address, home)
      const headers = { cookie: jar.header() ?? '' }
      const response = await fetch(url, { headers, redirect: 'manual' })
      for (const line of response.headers.getSetCookie()) jar.take(line, url)
      return response
    }
    const sent = await ask('/app/index.html')
    assert.equal(sent.status, 302)
    const asked = new URL(sent.headers.get('location') ?? '')
    assert.equal(asked.searchParams.get('code_challenge_method'), 'S256')
    const told = await formPerson(at.url, LOGIN).approve(asked)
    const back = await ask(`/app/callback?${told.toString()}`)
    assert.equal(back.status, 302, await readFile(join(folder, 'error.log'), 'utf8'))
    assert.equal(await (await ask('/app/index.html')).text(), 'inside')

    const info = await (await ask('/app/callback?info=json')).json()
    assert.equal(info.userinfo.name, 'Alice')
    assert.equal(info.id_token.iss, at.url)

    const out = await ask(`/app/callback?logout=${encodeURIComponent(`${home}/bye`)}`)
    const end = new URL(out.headers.get('location') ?? '')
    assert.equal(end.href.split('?')[0], `${at.url}/oauth/logout`)
    assert.equal(end.searchParams.get('post_logout_redirect_uri'), `${home}/bye`)
    assert.ok(end.searchParams.get('id_token_hint') !== null)
    // Without the cookies of the person's browser nobody is signed in there any more.
    const ended = await fetch(end, { redirect: 'manual' })
    assert.equal(ended.headers.get('location'), `${home}/bye`)
    assert.equal((await ask('/app/index.html')).status, 302)
  })
})

async function listening(url: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    // oxlint-disable-next-line no-await-in-loop -- until it is there
    const answered = await fetch(url).then(
      () => true,
      () => false,
    )
    if (answered) return
    // oxlint-disable-next-line no-await-in-loop -- Apache tells nobody that it listens
    await sleep(50)
  }
  throw new Error('Apache does not listen')
}

import type { CommandSpec } from '../command.ts'
import { loadConfig } from '../config/load.ts'
import {
  choosePort,
  LISTENER_FLAGS,
  listenerLayer,
  onHangup,
  TLS_FLAGS,
  tlsLayer,
  untilInterrupted,
} from '../serving/listener.ts'

const serveCommand: CommandSpec = {
  name: 'serve',
  summary: 'run the authority',
  details:
    'Runs the authority on an initialised data folder until SIGTERM or Ctrl-C, then finishes the requests under way. Logs are JSON lines on stderr. With TLS (flags, or tls in the configuration) clients are asked for a certificate, which each request is judged by; certificate files are read anew when they change, and at SIGHUP.',
  example: 'serve --host 0.0.0.0 --port 4180',
  scope: 'config',
  flags: [...LISTENER_FLAGS, ...TLS_FLAGS],
  run: async (call) => {
    const { config: loaded } = await loadConfig(call, {
      ...listenerLayer(call.flags),
      ...tlsLayer(call.flags),
    })
    const config = { ...loaded, port: await choosePort(loaded.host, loaded.port) }
    const { openAuthority } = await import('../connection/embedded.ts')
    const { serve } = await import('@countersign/server')
    const authority = await openAuthority(config, call, { logLevel: config.logLevel })
    const { host, port, metrics, tls } = config
    const server = await serve(authority, {
      host,
      port,
      ...(tls === undefined ? {} : { tls }),
      ...(metrics === undefined ? {} : { metrics }),
    })
    call.resources.defer(() => server.close())
    call.resources.defer(onHangup(() => server.reload()))
    const { url, metricsUrl = null } = server
    call.terminal.result({ issuer: authority.issuer, url, metrics: metricsUrl }, () => {
      call.terminal.line(`serving ${authority.issuer} on ${url}`)
      if (metricsUrl !== null) call.terminal.line(`metrics on ${metricsUrl}`)
    })
    await untilInterrupted(call.signal)
  },
}

/** `serve`. */
export const serveCommands: readonly CommandSpec[] = [serveCommand]

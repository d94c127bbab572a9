import { readFile } from 'node:fs/promises'
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { UsageError } from './usage.ts'

export const HELP = `lxworks: system containers, with LXD's REST API on a unix socket

Usage: lxworks <command> [options]

  serve [--group NAME] [--debug | --verbose] [--logfile PATH]
               serves $LXD_DIR/unix.socket until SIGTERM; instances go on running after it
  waitready [--timeout SECONDS]
               returns once the server is ready
  shutdown [--force] [--timeout SECONDS]
               stops all instances, then the server
  init [--auto [--storage-backend DRIVER] [--network-address ADDRESS] [--network-port PORT] [--trust-password WORD] | --preseed | --dump]
               sets a running server up: asks, does the usual, takes YAML from its input, or prints it
  sql <local|global> <query|.dump|.schema>
               runs SQL in the server, for repairs
  doctor       says what this machine can and cannot do
  --version    prints the version
  --help       prints this

Environment: LXD_DIR, the directory of the server (default /var/lib/lxworks)
`

type Command = (given: readonly string[]) => Promise<number>

/** Each command is loaded when it is asked for. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  serve: async (given) => {
    const values = options(given, {
      group: { type: 'string' },
      debug: { type: 'boolean', short: 'd' },
      verbose: { type: 'boolean', short: 'v' },
      logfile: { type: 'string' },
      syslog: { type: 'boolean' },
    })
    if (values.syslog) throw new UsageError('there is no --syslog here; use --logfile')
    const { serve } = await import('./serve.ts')
    return serve({
      directory: directory(),
      group: text(values.group),
      logfile: text(values.logfile),
      level: level(values),
    })
  },
  waitready: async (given) => {
    const values = options(given, { timeout: { type: 'string', short: 't' } })
    const { waitReady } = await import('./wait-ready.ts')
    return waitReady(socketPath(), limit(values.timeout))
  },
  shutdown: async (given) => {
    const values = options(given, {
      force: { type: 'boolean', short: 'f' },
      timeout: { type: 'string', short: 't' },
    })
    const { shutdown } = await import('./shutdown.ts')
    return shutdown(socketPath(), { force: values.force === true, ...limit(values.timeout) })
  },
  init: async (given) => {
    const values = options(given, {
      auto: { type: 'boolean' },
      preseed: { type: 'boolean' },
      dump: { type: 'boolean' },
      'storage-backend': { type: 'string' },
      'network-address': { type: 'string' },
      'network-port': { type: 'string' },
      'trust-password': { type: 'string' },
    })
    const modes = (['auto', 'preseed', 'dump'] as const).filter((mode) => values[mode] === true)
    if (modes.length > 1) throw new UsageError(`--${modes.join(' and --')} exclude each other`)
    const { init } = await import('./init/init.ts')
    return init(socketPath(), {
      mode: modes[0] ?? 'interactive',
      storageBackend: text(values['storage-backend']),
      networkAddress: text(values['network-address']),
      networkPort: text(values['network-port']),
      trustPassword: text(values['trust-password']),
    })
  },
  sql: async ([database = '', query, ...more]) => {
    if (query === undefined || more.length > 0) {
      throw new UsageError('sql takes a database and one query: lxworks sql global "SELECT …"')
    }
    const { sql } = await import('./sql.ts')
    return sql(socketPath(), { database, query })
  },
  doctor: async (given) => {
    options(given, {})
    const { doctor } = await import('./doctor.ts')
    return doctor()
  },
  '--version': async (given) => {
    options(given, {})
    process.stdout.write(`${await version()}\n`)
    return 0
  },
}

type Declared = NonNullable<ParseArgsConfig['options']>

function options(given: readonly string[], declared: Declared) {
  try {
    return parseArgs({ args: [...given], options: declared, strict: true }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function level(values: Readonly<Record<string, unknown>>): 'debug' | 'info' | 'warning' {
  if (values.debug === true) return 'debug'
  return values.verbose === true ? 'info' : 'warning'
}

/** Undefined: for ever, which LXD's tools write as -1. */
function seconds(value: unknown): number | undefined {
  if (value === undefined) return undefined
  const number = Number(value)
  if (!Number.isFinite(number)) throw new UsageError('--timeout takes a number of seconds')
  return number < 0 ? undefined : number
}

function limit(value: unknown): { readonly timeoutMs?: number } {
  const most = seconds(value)
  return most === undefined ? {} : { timeoutMs: most * 1_000 }
}

function directory(): string {
  const given = process.env.LXD_DIR
  return given === undefined || given === '' ? '/var/lib/lxworks' : given
}

function socketPath(): string {
  return `${directory()}/unix.socket`
}

/** From the package file, which lies above the sources and above what is built from them. */
async function version(): Promise<string> {
  for (const above of ['..', '../..']) {
    const file = new URL(`${above}/package.json`, import.meta.url)
    const json = await readFile(file, 'utf8').catch(() => undefined)
    if (json !== undefined) return (JSON.parse(json) as { readonly version: string }).version
  }
  return 'unknown'
}

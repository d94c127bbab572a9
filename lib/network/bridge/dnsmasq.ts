import { dirname } from 'node:path'
import { LxworksError } from '../../core/errors.ts'
import type { Commands, Files } from '../../core/ports.ts'
import type { Processes } from '../processes.ts'
import type { DnsmasqPaths } from './dnsmasq-config.ts'
import type { DnsmasqPlan } from './plan.ts'

/** By this a running dnsmasq tells which configuration it was started with. */
const HASH = 'LXWORKS_CONFIG'

const SIGHUP = 1

export interface DnsmasqPorts {
  readonly commands: Commands
  readonly files: Files
  readonly processes: Processes
}

/** Has exactly one dnsmasq run with this configuration; one that does already is left alone. */
export async function serve(
  ports: DnsmasqPorts,
  paths: DnsmasqPaths,
  plan: DnsmasqPlan,
): Promise<void> {
  const { commands, files } = ports
  await files.write(paths.raw, plan.raw, { durable: false })
  await files.write(paths.config, plan.config, { durable: false })
  const running = await ports.processes.find(plan.argv[1] ?? '')
  if (running.length === 1 && running[0]?.environment[HASH] === plan.hash) return
  await Promise.all(running.map((one) => ports.processes.stop(one)))
  await refuseClosed(commands, paths.directory)
  // It goes into the background by itself once it listens, and tells by its exit code when it cannot.
  await commands.run(plan.argv, { env: { [HASH]: plan.hash } }).catch((error: unknown) => {
    throw new LxworksError(
      `dnsmasq did not start for ${paths.directory}; look at raw.dnsmasq and at who listens on port 53`,
      { kind: 'internal', code: 'NETWORK_DNSMASQ_FAILED', cause: error, context: causeOf(error) },
    )
  })
}

/** Ends the dnsmasq of this configuration file. Silent when there is none. */
export async function silence(ports: DnsmasqPorts, configArgument: string): Promise<void> {
  const running = await ports.processes.find(configArgument)
  await Promise.all(running.map((one) => ports.processes.stop(one)))
}

/** Has dnsmasq forget static entries that are gone: it adds new ones by itself, but drops old ones only when told. */
export async function reread(ports: DnsmasqPorts, configArgument: string): Promise<void> {
  const running = await ports.processes.find(configArgument)
  await Promise.all(running.map((one) => ports.processes.signal(one, SIGHUP)))
}

/**
 * dnsmasq reads the static entries as an unprivileged user; it would go on without them, and nobody would be told.
 */
async function refuseClosed(commands: Commands, directory: string): Promise<void> {
  const { stdout } = await commands.run(['stat', '-L', '-c', '%a %n', ...ancestors(directory)])
  const closed = stdout.split('\n').find((line) => /^[0-7]*[0246] /.test(line))
  if (closed === undefined) return
  const path = closed.slice(closed.indexOf(' ') + 1)
  throw new LxworksError(
    `dnsmasq, which gives up root's rights, cannot enter ${path}; let others pass it: chmod o+x ${path}`,
    { kind: 'unavailable', code: 'NETWORK_DIRECTORY_CLOSED', context: { path } },
  )
}

function ancestors(path: string): readonly string[] {
  const parent = dirname(path)
  return parent === path ? [path] : [...ancestors(parent), path]
}

function causeOf(error: unknown): Readonly<Record<string, unknown>> {
  return error instanceof LxworksError ? error.context : {}
}

import { dirname } from 'node:path'
import { errorCode, isLxworksError, LxworksError } from '../../core/errors.ts'
import type { Commands, Files } from '../../core/ports.ts'
import type { HostProcess, Processes, Service } from '../processes.ts'
import { type DnsmasqPaths, dnsmasqArgv } from './dnsmasq-config.ts'
import type { DnsmasqPlan } from './plan.ts'

/** By this a running dnsmasq tells which configuration it was started with. */
const HASH = 'LXWORKS_CONFIG'

const SIGHUP = 1

export interface DnsmasqPorts {
  readonly commands: Commands
  readonly files: Files
  readonly processes: Processes
}

export function serviceOf(paths: DnsmasqPaths): Service {
  return { pidFile: paths.pid, argument: dnsmasqArgv(paths)[1] }
}

/** Has exactly one dnsmasq run with this configuration; one that does already is left alone. */
export async function serve(
  ports: DnsmasqPorts,
  paths: DnsmasqPaths,
  plan: DnsmasqPlan,
): Promise<void> {
  const { commands, files, processes } = ports
  await files.write(paths.raw, plan.raw, { durable: false })
  await files.write(paths.config, plan.config, { durable: false })
  const running = await processes.find(serviceOf(paths))
  if (isServing(running, plan)) return
  await Promise.all(running.map((one) => processes.stop(one)))
  await refuseClosed(commands, paths.directory)
  // It goes into the background by itself once it listens, and tells by its exit code when it cannot.
  await commands.run(plan.argv, { env: { [HASH]: plan.hash } }).catch(async (error: unknown) => {
    // Another process of ours on this root may have been quicker.
    if (isServing(await processes.find(serviceOf(paths)), plan)) return
    throw errorCode(error) === 'CORE_COMMAND_MISSING' ? noDnsmasq(error) : failed(paths, error)
  })
}

/** Ends the dnsmasq of these files. Silent when there is none. */
export async function silence({ processes }: DnsmasqPorts, paths: DnsmasqPaths): Promise<void> {
  const running = await processes.find(serviceOf(paths))
  await Promise.all(running.map((one) => processes.stop(one)))
}

/** Has dnsmasq forget static entries that are gone: it adds new ones by itself, but drops old ones only when told. */
export async function reread(
  { processes }: DnsmasqPorts,
  running: readonly HostProcess[],
): Promise<void> {
  await Promise.all(running.map((one) => processes.signal(one, SIGHUP)))
}

function isServing(running: readonly HostProcess[], { hash }: DnsmasqPlan): boolean {
  return running.length === 1 && running[0]?.environment[HASH] === hash
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

function noDnsmasq(cause: unknown): LxworksError {
  return new LxworksError(
    'dnsmasq was not found, and a bridge with addresses needs it; install the package dnsmasq-base',
    { kind: 'unavailable', code: 'NETWORK_NO_DNSMASQ', cause },
  )
}

function failed({ directory }: DnsmasqPaths, cause: unknown): LxworksError {
  return new LxworksError(
    `dnsmasq did not start for ${directory}; look at raw.dnsmasq and at who listens on port 53`,
    { kind: 'internal', code: 'NETWORK_DNSMASQ_FAILED', cause, context: contextOf(cause) },
  )
}

function contextOf(error: unknown): Readonly<Record<string, unknown>> {
  return isLxworksError(error) ? error.context : {}
}

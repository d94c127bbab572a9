import { constants } from 'node:os'
import { dirname } from 'node:path'
import type { RawConfig } from '../core/config.ts'
import { type ConfigLine, mountEntry, oneLine } from '../core/emit.ts'
import { LxworksError } from '../core/errors.ts'
import type { ApplicationFacts } from '../images/contract.ts'
import type { NicSpec } from '../network/contract.ts'
import { joinWords, splitWords } from './words.ts'

/** Says that the instance runs one application, and no system. */
export const APPLICATION = 'volatile.container.oci'
/** What that ended with, the last time. */
export const EXIT_CODE = 'volatile.last_state.exit_code'

/** Shown to the container as this directory, read-only. */
const SHOWN = 'dev/.lxworks'

/** What the container of an application needs on the host while it runs. */
export interface ApplicationPlan {
  /** Where ids of containers get through. Ours alone to write, everybody's to read. */
  readonly directory: string
  /** Container's first process, copied so that no container can reach the host's own. */
  readonly init: { readonly from: string; readonly to: string }
  readonly files: readonly { readonly path: string; readonly text: string }[]
  readonly lines: readonly ConfigLine[]
}

export function isApplication(config: RawConfig): boolean {
  return config[APPLICATION] === 'true'
}

/** What an image's word on its application becomes: configuration of the instance, where nobody has set another. */
export function applicationConfig(
  application: ApplicationFacts | undefined,
  given: RawConfig,
): RawConfig {
  if (!application) return {}
  const { command, directory, uid, gid, environment, stopSignal } = application
  const own: RawConfig = {
    ...Object.fromEntries(
      Object.entries(environment).map(([name, value]) => [`environment.${name}`, value]),
    ),
    ...(command.length > 0 && { 'oci.entrypoint': joinWords(command) }),
    'oci.cwd': directory,
    'oci.uid': String(uid),
    'oci.gid': String(gid),
    ...(stopSignal !== undefined && { 'oci.stop_signal': stopSignal }),
  }
  const unset = Object.entries(own).filter(([key]) => given[key] === undefined)
  return { ...Object.fromEntries(unset), [APPLICATION]: 'true' }
}

/** Pure: how the application is started. Refuses with kind `invalid` one without a command, and such keys where there is no application. */
export function planApplication(
  config: RawConfig,
  {
    name,
    directory,
    nics,
    hookProgram,
  }: {
    readonly name: string
    readonly directory: string
    readonly nics: readonly NicSpec[]
    readonly hookProgram: string
  },
): ApplicationPlan | undefined {
  if (!isApplication(config)) {
    refuseKeys(name, config)
    return undefined
  }
  const files = { order: order(name, config), ...names(name, nics) }
  return {
    directory,
    init: { from: `${dirname(hookProgram)}/lxworks-init`, to: `${directory}/init` },
    files: Object.entries(files).map(([file, text]) => ({ path: `${directory}/${file}`, text })),
    lines: [
      ['lxc.init.cmd', `/${SHOWN}/init`],
      ['lxc.mount.entry', mountEntry([directory, SHOWN, 'none', 'bind,ro,create=dir'])],
    ],
  }
}

/** The number of the signal that asks the instance to end; undefined for a system, whose init has words of its own. */
export function stopSignal(config: RawConfig): number | undefined {
  if (!isApplication(config)) return undefined
  const word = (config['oci.stop_signal'] ?? 'SIGTERM').replace(/^SIG/, '')
  const [, end, sign, offset = '0'] = /^RT(MIN|MAX)(?:([+-])(\d+))?$/.exec(word) ?? []
  if (end !== undefined)
    return (end === 'MIN' ? SIGRTMIN : SIGRTMAX) + (sign === '-' ? -1 : 1) * Number(offset)
  const known = Object.entries(constants.signals).find(([name]) => name === `SIG${word}`)?.[1]
  return known ?? (/^\d+$/.test(word) ? Number(word) : constants.signals.SIGTERM)
}

const SIGRTMIN = 34
const SIGRTMAX = 64

/** What lxworks-init reads: uid, gid, directory and the words of the command, each ended by a zero byte. */
function order(name: string, config: RawConfig): string {
  const words = splitWords(config['oci.entrypoint'] ?? '')
  if (words.length === 0) throw noCommand(name)
  const who = [config['oci.uid'] ?? '0', config['oci.gid'] ?? '0', config['oci.cwd'] ?? '/']
  return [...who, ...words].map((word) => `${oneLine(word, 'oci.entrypoint')}\0`).join('')
}

/** What programs look up in /etc. Without a network of ours nothing is known of name servers. */
function names(name: string, nics: readonly NicSpec[]): Readonly<Record<string, string>> {
  const given = nics.flatMap((nic) => nic.given ?? [])
  const [first] = given
  const hosts = [
    '127.0.0.1 localhost',
    '::1 localhost ip6-localhost ip6-loopback',
    ...given.map(({ address }) => `${address} ${name}`),
    ...(first ? [] : [`127.0.1.1 ${name}`]),
  ]
  const resolv = first && [
    `nameserver ${first.nameserver}`,
    ...(first.search.length > 0 ? [`search ${first.search.join(' ')}`] : []),
  ]
  return {
    hostname: text([name]),
    hosts: text(hosts),
    ...(resolv && { 'resolv.conf': text(resolv) }),
  }
}

function text(lines: readonly string[]): string {
  return lines.map((line) => `${oneLine(line, 'file of names')}\n`).join('')
}

function refuseKeys(name: string, config: RawConfig): void {
  const key = Object.keys(config).find((one) => one.startsWith('oci.'))
  if (key === undefined) return
  throw new LxworksError(
    `${name} runs a system, and ${key} is for what runs one application: unset it, or make the instance from an image of protocol oci`,
    { kind: 'invalid', code: 'INSTANCE_NO_APPLICATION', context: { name, key } },
  )
}

function noCommand(name: string): LxworksError {
  return new LxworksError(
    `${name} has nothing to run: its image names no command; set oci.entrypoint`,
    { kind: 'invalid', code: 'INSTANCE_NO_COMMAND', context: { name } },
  )
}

import { boolean } from '../core/value-types.ts'

type Restriction =
  | 'restricted.containers.interception'
  | 'restricted.containers.lowlevel'
  | 'restricted.containers.nesting'
  | 'restricted.containers.privilege'
  | 'restricted.virtual-machines.lowlevel'

/** One kind of option of instances, and what a restricted project makes of it. */
export interface OptionRule {
  /** Whole keys; a key belongs to the first rule that matches it. */
  readonly options: RegExp
  /** In a profile, which may come to either type, both have to allow it. */
  readonly restrictions: readonly {
    readonly type: 'container' | 'virtual-machine'
    readonly key: Restriction
  }[]
  /** What is said of an offence; absent for options that are low-level, whatever their value. */
  readonly why?: string
  /** Whether the value offends while the restriction is set so. An instance that leaves the option out has no value. */
  offends(value: string | undefined, setting: string): boolean
}

const container = (key: Restriction) => ({ type: 'container', key }) as const
const CONTAINERS = container('restricted.containers.lowlevel')
const MACHINES = { type: 'virtual-machine', key: 'restricted.virtual-machines.lowlevel' } as const

/** What every instance may set: limits of itself, its own start, its own content. */
const FREE: readonly RegExp[] = [
  /^agent\.nic_config$/,
  /^boot\.(autostart|autostart\.delay|autostart\.priority|stop\.priority)$/,
  /^cloud-init\./,
  /^cluster\.evacuate$/,
  /^environment\./,
  /^image\./,
  /^limits\.(cpu|disk|hugepages|kernel|network|processes)(\.|$)/,
  /^limits\.memory(\.(enforce|swap|swap\.priority))?$/,
  // Only those of its own namespaces: the kernel refuses all others.
  /^linux\.sysctl\./,
  /^migration\./,
  /^nvidia\./,
  // What one application runs as inside, among its own ids.
  /^oci\./,
  /^security\.(agent\.metrics|devlxd|secureboot)$/,
  /^security\.protection\./,
  /^security\.syscalls\.(allow|whitelist|deny|blacklist|(deny|blacklist)_(compat|default))$/,
  /^snapshots\./,
  /^user\./,
  // Whether a caller may change these depends on what was there before: volatile-changes.ts.
  /^volatile\./,
]

const GOVERNED: readonly OptionRule[] = [
  {
    options: /^security\.nesting$/,
    restrictions: [container('restricted.containers.nesting')],
    why: 'Container nesting is forbidden',
    offends: (value, setting) => setting === 'block' && isTrue(value),
  },
  {
    options: /^security\.privileged$/,
    restrictions: [container('restricted.containers.privilege')],
    why: 'Privileged containers are forbidden',
    offends: (value, setting) => setting !== 'allow' && isTrue(value),
  },
  {
    options: /^security\.idmap\.isolated$/,
    restrictions: [container('restricted.containers.privilege')],
    why: 'Non-isolated containers are forbidden',
    offends: (value, setting) => setting === 'isolated' && !isTrue(value),
  },
  {
    options:
      /^security\.syscalls\.intercept\.(bpf|bpf\.devices|mknod|mount|mount\.fuse|setxattr|sysinfo)$/,
    restrictions: [container('restricted.containers.interception')],
    why: 'Container syscall interception is forbidden',
    offends: (value, setting) => setting === 'block' && !isOff(value),
  },
  lowLevel(/^(linux\.kernel_modules|raw\.lxc|raw\.seccomp)$/, [CONTAINERS]),
  lowLevel(/^security\.(devlxd\.images|idmap\.base|idmap\.size)$/, [CONTAINERS]),
  lowLevel(/^security\.syscalls\.intercept\./, [CONTAINERS]),
  lowLevel(/^(limits\.memory\.hugepages|raw\.qemu)$/, [MACHINES]),
]

/** What nobody has judged is low-level: a new option has to be let in, not kept out. */
const UNJUDGED = lowLevel(/^/, [CONTAINERS, MACHINES])

/** The rule that an option falls under; undefined for one that every instance may set. */
export function optionRule(option: string): OptionRule | undefined {
  const governed = GOVERNED.find(({ options }) => options.test(option))
  if (governed) return governed
  return FREE.some((options) => options.test(option)) ? undefined : UNJUDGED
}

/** Options that may offend by being left out. */
export const DEMANDED: readonly string[] = ['security.idmap.isolated']

function lowLevel(options: RegExp, restrictions: OptionRule['restrictions']): OptionRule {
  const offends = (value: string | undefined, setting: string): boolean =>
    value !== undefined && setting === 'block'
  return { options, restrictions, offends }
}

function isTrue(value: string | undefined): boolean {
  return boolean.safeParse(value).data === true
}

function isOff(value: string | undefined): boolean {
  return value === undefined || value === '' || boolean.safeParse(value).data === false
}

import type { RawConfig } from '../../core/config.ts'
import { type ConfigLine, mountEntry, shellWord } from '../../core/emit.ts'
import type { NicSpec } from '../../network/contract.ts'
import type { IdMap } from '../../security/contract.ts'
import type { HostFacts } from '../host-facts.ts'
import type { InstanceFileNames } from '../instance-files.ts'
import { consoleLines } from './console-log.ts'
import { cgroupValues } from './limits.ts'

export interface ContainerText {
  readonly name: string
  readonly config: RawConfig
  readonly idmap: IdMap
  readonly seccompFile: string | undefined
  readonly nics: readonly NicSpec[]
  readonly host: HostFacts
  readonly where: InstanceFileNames
  readonly hookProgram: string
}

/** A container as lines of liblxc, all but its root file system. */
export function renderContainer(text: ContainerText): readonly ConfigLine[] {
  return [
    ...runtimeLines(text),
    ...text.idmap.map(
      ({ kind, nsId, hostId, count }): ConfigLine => [
        'lxc.idmap',
        `${kind === 'uid' ? 'u' : 'g'} ${nsId} ${hostId} ${count}`,
      ],
    ),
    ...mountLines(text),
    ...text.nics.flatMap(nicLines),
    ...deviceLines(text),
    ...limitLines(text),
    ...environmentLines(text.config),
    ...rawLines(text.config['raw.lxc'] ?? ''),
  ]
}

function runtimeLines({
  name,
  where,
  seccompFile,
  hookProgram,
  config,
  idmap,
}: ContainerText): readonly ConfigLine[] {
  const nesting = config['security.nesting'] === 'true'
  const dropped = [
    'sys_time',
    'sys_module',
    'sys_rawio',
    ...(nesting ? [] : ['mac_admin', 'mac_override']),
  ]
  return [
    ['lxc.log.file', where.log],
    ['lxc.log.level', 'warn'],
    ...consoleLines(where.console),
    ['lxc.uts.name', name],
    ['lxc.tty.max', '0'],
    ['lxc.pty.max', '1024'],
    ['lxc.autodev', '1'],
    ['lxc.hook.version', '1'],
    [
      'lxc.hook.post-stop',
      `${shellWord(hookProgram, 'hook')} hook post-stop ${shellWord(where.run, 'run directory')}`,
    ],
    ...(seccompFile === undefined ? [] : [['lxc.seccomp.profile', seccompFile] as const]),
    ...(idmap.length > 0 ? [] : [['lxc.cap.drop', dropped.join(' ')] as const]),
  ]
}

const EMPTY_NET: ConfigLine = ['lxc.net.0.type', 'empty']

function mountLines({ config, idmap, host, nics }: ContainerText): readonly ConfigLine[] {
  const open = idmap.length > 0 || config['security.nesting'] === 'true'
  return [
    ['lxc.mount.auto', open ? 'proc:rw sys:rw cgroup:mixed' : 'proc:mixed sys:mixed cgroup:mixed'],
    [
      'lxc.mount.entry',
      mountEntry(['mqueue', 'dev/mqueue', 'mqueue', 'rw,relatime,create=dir,optional']),
    ],
    ...host.present.map((path): ConfigLine => ['lxc.mount.entry', shown(path)]),
    ...(nics.length === 0 ? [EMPTY_NET] : []),
  ]
}

function shown(path: string): string {
  const file = path.startsWith('/dev/')
  const options = file ? 'bind,create=file,optional' : 'rbind,create=dir,optional'
  return mountEntry([path, path.slice(1), 'none', options])
}

function nicLines(nic: NicSpec, index: number): readonly ConfigLine[] {
  const key = (leaf: string): string => `lxc.net.${index}.${leaf}`
  return [
    [key('type'), 'veth'],
    [key('flags'), 'up'],
    [key('link'), nic.parent],
    [key('veth.pair'), nic.hostName],
    [key('name'), nic.name],
    [key('hwaddr'), nic.hwaddr],
    ...(nic.mtu === undefined ? [] : [[key('mtu'), String(nic.mtu)] as const]),
    ...addressLines(nic, key),
  ]
}

/** Of a guest that asks nobody for an address. */
function addressLines({ given }: NicSpec, key: (leaf: string) => string): readonly ConfigLine[] {
  if (!given) return []
  const { address, prefix, gateway } = given
  return [
    [key('ipv4.address'), `${address}/${prefix}`],
    ...(gateway === undefined ? [] : [[key('ipv4.gateway'), gateway] as const]),
  ]
}

/** What a container with host ids may touch; one with its own user namespace cannot make nodes at all. */
const ALLOWED_NODES = [
  'c 1:3 rwm',
  'c 1:5 rwm',
  'c 1:7 rwm',
  'c 1:8 rwm',
  'c 1:9 rwm',
  'c 5:0 rwm',
  'c 5:1 rwm',
  'c 5:2 rwm',
  'c 10:200 rwm',
  'c 10:229 rwm',
  'c 136:* rwm',
  'b *:* m',
  'c *:* m',
]

function deviceLines({ idmap, host }: ContainerText): readonly ConfigLine[] {
  if (idmap.length > 0) return []
  const prefix = host.cgroups.v1.includes('devices') ? 'lxc.cgroup' : 'lxc.cgroup2'
  return [
    [`${prefix}.devices.deny`, 'a'],
    ...ALLOWED_NODES.map((node): ConfigLine => [`${prefix}.devices.allow`, node]),
  ]
}

function limitLines({ config, host }: ContainerText): readonly ConfigLine[] {
  const values = cgroupValues(config, host)
  const kernel = Object.entries(config).filter(([key]) => key.startsWith('limits.kernel.'))
  return [
    ...values.map(
      ({ version, item, value }): ConfigLine => [
        `lxc.cgroup${version === 2 ? '2' : ''}.${item}`,
        value,
      ],
    ),
    ...kernel.map(
      ([key, value]): ConfigLine => [`lxc.prlimit.${key.slice('limits.kernel.'.length)}`, value],
    ),
  ]
}

function environmentLines(config: RawConfig): readonly ConfigLine[] {
  return Object.entries(config)
    .filter(([key]) => key.startsWith('environment.'))
    .map(([key, value]) => ['lxc.environment', `${key.slice('environment.'.length)}=${value}`])
}

/** `raw.lxc` is several lines by design; each is taken apart here and emitted like any other. */
function rawLines(raw: string): readonly ConfigLine[] {
  return raw.split('\n').flatMap((line) => {
    const [, key, value] = /^\s*([^#=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    return key === undefined || value === undefined ? [] : [[key, value] as const]
  })
}

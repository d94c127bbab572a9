import type { RawConfig } from '../core/config.ts'
import type { Device, Devices } from '../projects/contract.ts'
import type { Row } from '../state/contract.ts'
import type { InstanceRef, InstanceType } from './contract.ts'

/** An instance as its rows have it, before profiles are merged in. */
export interface StoredInstance extends InstanceRef {
  readonly id: number
  readonly type: InstanceType
  readonly architecture: string
  readonly description: string
  readonly ephemeral: boolean
  readonly stateful: boolean
  readonly profiles: readonly string[]
  readonly config: RawConfig
  readonly devices: Devices
  readonly createdAt: Date
  readonly lastUsedAt: Date | undefined
}

/** LXD's numbers in `instances_devices.type`. */
const DEVICE_TYPES = [
  'none',
  'nic',
  'disk',
  'unix-char',
  'unix-block',
  'usb',
  'gpu',
  'infiniband',
  'proxy',
  'unix-hotplug',
  'tpm',
  'pci',
]

const ARCHITECTURES = [
  '',
  'i686',
  'x86_64',
  'armv7l',
  'aarch64',
  'ppc',
  'ppc64',
  'ppc64le',
  's390x',
  'mips',
  'mips64',
  'riscv32',
  'riscv64',
]

export type Grouped = ReadonlyMap<unknown, readonly Row[]>

/** One instance from its row and the rows that hang on it. */
export function assemble(
  row: Row,
  grouped: Readonly<Record<'config' | 'devices' | 'options' | 'profiles', Grouped>>,
): StoredInstance {
  const of = (group: Grouped): readonly Row[] => group.get(row.id) ?? []
  return Object.freeze({
    id: Number(row.id),
    project: String(row.project),
    name: String(row.name),
    type: Number(row.type) === 1 ? 'virtual-machine' : 'container',
    architecture: ARCHITECTURES[Number(row.architecture)] ?? 'x86_64',
    description: String(row.description ?? ''),
    ephemeral: Number(row.ephemeral) === 1,
    stateful: Number(row.stateful) === 1,
    profiles: of(grouped.profiles).map(({ name }) => String(name)),
    config: Object.fromEntries(
      of(grouped.config).map(({ key, value }) => [String(key), String(value)]),
    ),
    devices: devicesOf(of(grouped.devices), of(grouped.options)),
    createdAt: new Date(String(row.creation_date)),
    lastUsedAt: row.last_use_date ? new Date(String(row.last_use_date)) : undefined,
  })
}

function devicesOf(devices: readonly Row[], options: readonly Row[]): Devices {
  const byDevice = grouping(options, 'name')
  return Object.fromEntries(
    devices.map(({ name, type }) => {
      const own = (byDevice.get(name) ?? []).map(({ key, value }) => [String(key), String(value)])
      return [
        String(name),
        { ...Object.fromEntries(own), type: DEVICE_TYPES[Number(type)] ?? 'none' } as Device,
      ]
    }),
  )
}

/** Rows by the value of one column. */
export function grouping(rows: readonly Row[], by: string): Grouped {
  const groups = new Map<unknown, Row[]>()
  for (const row of rows) {
    const key = row[by]
    const group = groups.get(key)
    if (group) group.push(row)
    else groups.set(key, [row])
  }
  return groups
}

export function deviceNumber(type: string): number {
  return Math.max(0, DEVICE_TYPES.indexOf(type))
}

export function architectureNumber(name: string): number {
  return Math.max(0, ARCHITECTURES.indexOf(name))
}

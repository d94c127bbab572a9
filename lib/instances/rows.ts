import type { RawConfig } from '../core/config.ts'
import type { Device, Devices } from '../projects/contract.ts'
import {
  ARCHITECTURES,
  DEVICE_TYPES,
  groupRows,
  INSTANCE_TYPES,
  type Row,
  wordOf,
} from '../state/contract.ts'
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

export type Grouped = ReturnType<typeof groupRows>

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
    type: wordOf(INSTANCE_TYPES, row.type) ?? 'container',
    architecture: wordOf(ARCHITECTURES, row.architecture) ?? 'x86_64',
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
  const byDevice = groupRows(options, 'name')
  return Object.fromEntries(
    devices.map(({ name, type }) => {
      const own = (byDevice.get(name) ?? []).map(({ key, value }) => [String(key), String(value)])
      return [
        String(name),
        { ...Object.fromEntries(own), type: wordOf(DEVICE_TYPES, type) ?? 'none' } as Device,
      ]
    }),
  )
}

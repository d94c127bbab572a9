import type { RawConfig } from '../core/config.ts'
import type { Device, Devices } from '../projects/contract.ts'
import {
  ARCHITECTURES,
  configFrom,
  devicesFrom,
  INSTANCE_TYPES,
  listFrom,
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

/** One instance from its row, with the columns that `InstanceRecords` reads. */
export function assemble(row: Row): StoredInstance {
  return Object.freeze({
    id: Number(row.id),
    project: String(row.project),
    name: String(row.name),
    type: wordOf(INSTANCE_TYPES, row.type) ?? 'container',
    architecture: wordOf(ARCHITECTURES, row.architecture) ?? 'x86_64',
    description: String(row.description ?? ''),
    ephemeral: Number(row.ephemeral) === 1,
    stateful: Number(row.stateful) === 1,
    profiles: listFrom(row, 'profiles').map(([name]) => String(name)),
    config: configFrom(row),
    devices: devicesFrom<Device>(row),
    createdAt: new Date(String(row.creation_date)),
    lastUsedAt: row.last_use_date ? new Date(String(row.last_use_date)) : undefined,
  })
}

import { createHash } from 'node:crypto'
import type { RawConfig } from '../../core/config.ts'
import { LxworksError } from '../../core/errors.ts'
import type { NetworkFacts } from '../../network/contract.ts'
import type { Device } from '../../projects/contract.ts'
import type { Part } from '../parts.ts'

/** What was read for the devices of one instance before they are turned into parts. */
export interface DeviceFacts {
  readonly instance: { readonly project: string; readonly name: string }
  /** The instance's configuration, for `volatile.<device>.*`. */
  readonly config: RawConfig
  /** By name of the managed network or parent link. */
  readonly networks: Readonly<Record<string, NetworkFacts>>
  /** What exists at the host paths that disks name. */
  readonly paths: Readonly<Record<string, 'directory' | 'file' | 'missing'>>
  /** What interfaces of the host are named after where nothing names them (`instances.nic.host_name`). @default 'random' */
  readonly hostNames?: 'random' | 'mac'
  /** Where the project's disks must stay, and the directory in which they are held for that; absent where they may be anywhere. */
  readonly confinement?:
    | { readonly roots: readonly string[]; readonly directory: string }
    | undefined
  /** Random text drawn once; names that must be new are derived from it, so that planning stays a pure function. */
  readonly seed: string
}

export type DevicePlanner = (name: string, device: Device, facts: DeviceFacts) => readonly Part[]

/** Hex digits that depend on the seed and on what they are for. */
export function derived(facts: Pick<DeviceFacts, 'seed'>, purpose: string, digits: number): string {
  return createHash('sha256').update(`${facts.seed}/${purpose}`).digest('hex').slice(0, digits)
}

export function deviceError(name: string, why: string): LxworksError {
  return new LxworksError(`Device validation failed for ${JSON.stringify(name)}: ${why}`, {
    kind: 'invalid',
    code: 'INSTANCE_BAD_DEVICE',
    context: { device: name },
  })
}

import type { RawConfig } from '../core/config.ts'
import { DEVICE_TYPES, type groupRows, type Row, wordOf } from '../state/contract.ts'
import type { Device, Devices } from './contract.ts'

/** Rows of a `*_config` table. */
export function configOf(rows: readonly Row[]): RawConfig {
  return Object.fromEntries(rows.map(({ key, value }) => [String(key), String(value ?? '')]))
}

/** Rows of a `*_devices` table, with those of its `*_config` by device id. */
export function devicesOf(rows: readonly Row[], options: ReturnType<typeof groupRows>): Devices {
  const devices = rows.map(({ id, name, type }): readonly [string, Device] => [
    String(name),
    { ...configOf(options.get(id) ?? []), type: wordOf(DEVICE_TYPES, type) ?? 'none' },
  ])
  return Object.fromEntries(devices)
}

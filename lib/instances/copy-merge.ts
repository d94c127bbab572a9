import type { RawConfig } from '../core/config.ts'
import type { Device, Devices, Expanded } from '../projects/contract.ts'
import { isRootDisk } from '../projects/contract.ts'
import { APPLICATION } from './application.ts'
import type { CopyRequest } from './contract.ts'
import { rootPool } from './create-plan.ts'

const OWNERS = 'volatile.last_state.idmap'
const BASE_IMAGE = 'volatile.base_image'

/** What goes along with files, because it is about them, whoever has them. */
const ABOUT_FILES = [OWNERS, BASE_IMAGE, APPLICATION]

interface Own {
  readonly config: RawConfig
  readonly devices: Devices
  readonly profiles: readonly string[]
}

/** Pure: the own part of a copy as the gate looks at it. No key that the library keeps with the source is in it. */
export function merged(
  source: Own,
  { config = {}, devices = {}, profiles = source.profiles }: CopyRequest,
): Own {
  return {
    config: { ...spoken(source.config), ...config },
    devices: { ...source.devices, ...devices },
    profiles,
  }
}

/** Pure: what is recorded of a copy's files. No caller has a say in how owners on disk are shifted. */
export function aboutFiles(source: RawConfig, given: RawConfig = {}): RawConfig {
  const base = given[BASE_IMAGE] ?? source[BASE_IMAGE]
  return {
    [OWNERS]: source[OWNERS] ?? '[]',
    ...(base !== undefined && { [BASE_IMAGE]: base }),
    ...(source[APPLICATION] !== undefined && { [APPLICATION]: source[APPLICATION] }),
  }
}

/** Pure: the configuration without what `aboutFiles` says of it. */
export function withoutFiles(config: RawConfig): RawConfig {
  return Object.fromEntries(Object.entries(config).filter(([key]) => !ABOUT_FILES.includes(key)))
}

/** Pure: the configuration of a snapshot that comes along: restored, it gives the copy no address that the source has. */
export function broughtConfig(snapshot: RawConfig, copy: RawConfig): RawConfig {
  const addresses = Object.entries(copy).filter(([key]) => /^volatile\.[^.]+\.hwaddr$/.test(key))
  return {
    ...spoken(snapshot),
    ...aboutFiles(snapshot),
    ...Object.fromEntries(addresses),
  }
}

/** The root disk of an instance, by its device's name, and what its profiles alone come to. */
export interface Root {
  readonly name: string
  readonly device: Device
  readonly added: Expanded
}

/** Pure: the devices of a snapshot whose files lie beside those of its instance, wherever they lay before. */
export function broughtDevices(devices: Devices, { name, device, added }: Root): Devices {
  const { pool = '' } = device
  const own = Object.entries(devices).find(([, one]) => isRootDisk(one))
  if (own) return { ...devices, [own[0]]: { ...own[1], pool } }
  const fromProfiles = Object.values(added.devices).find(isRootDisk)
  return fromProfiles?.pool === pool ? devices : { ...devices, [name]: device }
}

/** Pure: the root disk among merged devices. Kind `invalid` where there is none. */
export function rootOf({ devices }: Expanded, added: Expanded): Root {
  const pool = rootPool(devices)
  const found = Object.entries(devices).find(([, device]) => isRootDisk(device))
  const [name, device] = found ?? ['root', { type: 'disk', path: '/', pool }]
  return { name, device, added }
}

function spoken(config: RawConfig): RawConfig {
  return Object.fromEntries(Object.entries(config).filter(([key]) => !key.startsWith('volatile.')))
}

import { LxworksError } from '../core/errors.ts'
import type { NetworkDriver } from './contract.ts'

/** What stands between a type of LXD's and this library, where it is not built yet. */
const MISSING: Readonly<Record<string, string>> = {
  macvlan: 'networks of type macvlan are not built yet',
  sriov: 'networks of type sriov are not built yet',
  physical: 'networks of type physical are not built yet',
  ovn: 'networks of type ovn need OVN, which is not built yet',
}

/** Drivers by the type of network that they make. */
export type Drivers = Readonly<Record<string, NetworkDriver>>

/** Refuses with kind `unsupported` a type that is known but not built, and with kind `invalid` any other. */
export function driverOf(drivers: Drivers, type: string): NetworkDriver {
  const driver = Object.hasOwn(drivers, type) ? drivers[type] : undefined
  if (driver) return driver
  const missing = Object.hasOwn(MISSING, type) ? MISSING[type] : undefined
  if (missing !== undefined) {
    throw new LxworksError(`${missing}; use a bridge`, {
      kind: 'unsupported',
      code: 'NETWORK_TYPE_UNSUPPORTED',
      context: { type },
    })
  }
  throw new LxworksError(
    `Unknown driver: there is no network type ${JSON.stringify(type)}; use ${Object.keys(drivers).join(', ')}`,
    { kind: 'invalid', code: 'NETWORK_UNKNOWN_TYPE', context: { type } },
  )
}

import { isLxworksError } from '../../core/errors.ts'
import type { Device, Devices } from '../../projects/contract.ts'
import { hostPaths } from '../device-facts.ts'
import type { Rooms } from '../rooms.ts'
import { mayBeAbsent, missingSource } from './disk.ts'
import { deviceError } from './facts.ts'
import { unmanaged } from './nic.ts'

/**
 * Refuses with kind `invalid` a NIC whose managed network, and a disk whose source on the host, is not there. What a NIC has as its
 * parent may come later; it is looked for at every start.
 */
export async function refuseAbsent(
  project: string,
  devices: Devices,
  rooms: Pick<Rooms, 'networks'>,
): Promise<void> {
  const found = await hostPaths(devices)
  for (const [name, device] of Object.entries(devices)) {
    const { type, source } = device
    if (type !== 'disk' || source === undefined) continue
    if (mayBeAbsent(device) || found[source] !== 'missing') continue
    throw missingSource(name, source)
  }
  await refuseMissingNetworks(project, devices, rooms)
}

/** Refuses with kind `invalid` a NIC whose managed network is not there. */
export async function refuseMissingNetworks(
  project: string,
  devices: Devices,
  rooms: Pick<Rooms, 'networks'>,
): Promise<void> {
  const nics = Object.entries(devices).filter(([, { type, network }]) => type === 'nic' && network)
  await Promise.all(nics.map(([name, device]) => checkNetwork(project, { name, device }, rooms)))
}

/** Refuses with kind `invalid` a disk whose pool is not there. */
export async function refuseMissingPools(
  devices: Devices,
  { storage }: Pick<Rooms, 'storage'>,
): Promise<void> {
  for (const [name, { type, pool }] of Object.entries(devices)) {
    if (type !== 'disk' || !pool) continue
    await storage.facts(pool).catch((error: unknown) => {
      if (!isLxworksError(error) || error.kind !== 'notFound') throw error
      throw deviceError(
        name,
        `there is no storage pool ${JSON.stringify(pool)}; create it, or choose another`,
      )
    })
  }
}

async function checkNetwork(
  project: string,
  { name, device }: { readonly name: string; readonly device: Device },
  { networks }: Pick<Rooms, 'networks'>,
): Promise<void> {
  const { network = '' } = device
  const facts = await networks.facts(project, network).catch((error: unknown) => {
    if (!isLxworksError(error) || error.kind !== 'notFound') throw error
    throw deviceError(
      name,
      `there is no network ${JSON.stringify(network)} in project ${project}; create it, or choose another`,
    )
  })
  if (!facts.managed) throw deviceError(name, unmanaged(network))
}

/** Those that a change adds or changes: what was accepted before may have gone since, and is no obstacle to another change. */
export function changedDevices(before: Devices, after: Devices): Devices {
  const text = (device: Device | undefined): string =>
    JSON.stringify(Object.entries(device ?? {}).sort())
  const changed = Object.entries(after).filter(
    ([name, device]) => text(before[name]) !== text(device),
  )
  return Object.fromEntries(changed)
}

import { stat } from 'node:fs/promises'
import type { NetworkFacts, NicAddress } from '../network/contract.ts'
import type { Devices, Expanded } from '../projects/contract.ts'
import type { Rooms } from './rooms.ts'

/** What the networks and parent links of the NICs are, by name. Kind `notFound` for one that is not there. */
export async function networkFacts(
  project: string,
  devices: Devices,
  rooms: Pick<Rooms, 'networks'>,
): Promise<Readonly<Record<string, NetworkFacts>>> {
  const nics = Object.values(devices).filter(({ type }) => type === 'nic')
  const names = new Set(nics.flatMap(({ network, parent }) => network ?? parent ?? []))
  const facts = await Promise.all([...names].map((name) => rooms.networks.facts(project, name)))
  return Object.fromEntries(
    [...names].map((name, index) => [name, facts[index]] as const).filter(hasFacts),
  )
}

function hasFacts(
  entry: readonly [string, NetworkFacts | undefined],
): entry is readonly [string, NetworkFacts] {
  return entry[1] !== undefined
}

/** Addresses for the interfaces in managed networks of a guest that asks nobody for one, by device. */
export async function nicAddresses(
  project: string,
  { config, devices }: Expanded,
  { networks }: Pick<Rooms, 'networks'>,
): Promise<Readonly<Record<string, NicAddress>>> {
  const nics = Object.entries(devices).filter(([, { type }]) => type === 'nic')
  const found = nics.map(async ([name, device]) => {
    const hwaddr = (device.hwaddr ?? config[`volatile.${name}.hwaddr`] ?? '').toLowerCase()
    const network = device.network ?? device.parent ?? ''
    const address = device['ipv4.address']
    return [name, await networks.offer(project, network, { hwaddr, address })] as const
  })
  const all = await Promise.all(found)
  return Object.fromEntries(all.flatMap(([name, given]) => (given ? [[name, given]] : [])))
}

/** What is at the paths of the host that disks name. */
export async function hostPaths(
  devices: Devices,
): Promise<Readonly<Record<string, 'directory' | 'file' | 'missing'>>> {
  const disks = Object.values(devices).filter(({ type }) => type === 'disk')
  const sources = [...new Set(disks.flatMap(({ source }) => source ?? []))]
  const kinds = await Promise.all(
    sources.map((source) =>
      stat(source).then(
        (found) => (found.isDirectory() ? ('directory' as const) : ('file' as const)),
        () => 'missing' as const,
      ),
    ),
  )
  return Object.fromEntries(sources.map((source, index) => [source, kinds[index] ?? 'missing']))
}

import type { NicSpec } from '../../network/contract.ts'
import type { Device } from '../../projects/contract.ts'
import { type DeviceFacts, type DevicePlanner, derived, deviceError } from './facts.ts'

/** A veth pair with one end in the instance and the other in a bridge. */
export const nic: DevicePlanner = (name, device, facts) => {
  const target = device.network ?? device.parent
  if (target === undefined) throw deviceError(name, 'network or parent must be set')
  const network = facts.networks[target]
  if (!network) throw deviceError(name, `network ${JSON.stringify(target)} was not found`)
  if (device.network && !network.managed) throw deviceError(name, unmanaged(target))
  const hwaddr = hwaddrOf(name, device, facts)
  const spec: NicSpec = {
    device: name,
    name: device.name ?? facts.config[`volatile.${name}.name`] ?? name,
    hostName: device.host_name ?? newHostName(name, hwaddr, facts),
    hwaddr,
    parent: network.parent,
    mtu: device.mtu === undefined ? network.mtu : Number(device.mtu),
    network: network.managed ? network.name : undefined,
    ipv4: device['ipv4.address'],
    ipv6: device['ipv6.address'],
    config: device,
  }
  return [{ kind: 'nic', nic: spec }]
}

export function unmanaged(target: string): string {
  return `${JSON.stringify(target)} is no network of this project but an interface of the host; use nictype=bridged and parent instead of network`
}

function hwaddrOf(name: string, device: Device, facts: DeviceFacts): string {
  const given = device.hwaddr ?? facts.config[`volatile.${name}.hwaddr`]
  return (given ?? newHwaddr(name, facts)).toLowerCase()
}

/** Names of interfaces have at most 15 characters: the first two digits of every address that LXD gives are the same. */
function newHostName(name: string, hwaddr: string, facts: DeviceFacts): string {
  if (facts.hostNames === 'mac') return `lxd${hwaddr.replaceAll(':', '').slice(2)}`
  return `veth${derived(facts, `host_name/${name}`, 8)}`
}

/** A new address in the range that LXD uses. */
export const newHwaddr = (name: string, facts: Pick<DeviceFacts, 'seed'>): string => {
  const tail = derived(facts, `hwaddr/${name}`, 6)
  return `00:16:3e:${tail.slice(0, 2)}:${tail.slice(2, 4)}:${tail.slice(4, 6)}`
}

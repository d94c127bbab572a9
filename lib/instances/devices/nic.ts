import type { NicSpec } from '../../network/contract.ts'
import { type DeviceFacts, type DevicePlanner, derived, deviceError } from './facts.ts'

/** A veth pair with one end in the instance and the other in a bridge. */
export const nic: DevicePlanner = (name, device, facts) => {
  const target = device.network ?? device.parent
  if (target === undefined) throw deviceError(name, 'network or parent must be set')
  const network = facts.networks[target]
  if (!network) throw deviceError(name, `network ${JSON.stringify(target)} was not found`)
  if (device.network && !network.managed) throw deviceError(name, unmanaged(target))
  const spec: NicSpec = {
    device: name,
    name: device.name ?? facts.config[`volatile.${name}.name`] ?? name,
    hostName: device.host_name ?? `veth${derived(facts, `host_name/${name}`, 8)}`,
    hwaddr: (
      device.hwaddr ??
      facts.config[`volatile.${name}.hwaddr`] ??
      newHwaddr(name, facts)
    ).toLowerCase(),
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

/** A new address in the range that LXD uses. */
export const newHwaddr = (name: string, facts: Pick<DeviceFacts, 'seed'>): string => {
  const tail = derived(facts, `hwaddr/${name}`, 6)
  return `00:16:3e:${tail.slice(0, 2)}:${tail.slice(2, 4)}:${tail.slice(4, 6)}`
}

import type { Lease, LinkState, NetworkRecord } from '../../network/contract.ts'

export function networkWire(record: NetworkRecord): Readonly<Record<string, unknown>> {
  return {
    config: record.config,
    description: record.description,
    name: record.name,
    type: record.type,
    used_by: record.usedBy,
    managed: record.managed,
    status: record.managed ? record.status : '',
    locations: record.managed ? ['none'] : null,
  }
}

export function editableNetwork({ config, description }: NetworkRecord): unknown {
  return [config, description]
}

export function leaseWire(lease: Lease): Readonly<Record<string, unknown>> {
  const { hostname, hwaddr, address, type, location } = lease
  return { hostname, hwaddr, address, type, location }
}

export function linkWire({ counters, bridge, ...link }: LinkState) {
  return {
    addresses: link.addresses,
    counters: {
      bytes_received: counters.bytesReceived,
      bytes_sent: counters.bytesSent,
      packets_received: counters.packetsReceived,
      packets_sent: counters.packetsSent,
    },
    hwaddr: link.hwaddr,
    mtu: link.mtu,
    state: link.state,
    type: link.type,
    bond: null,
    bridge: bridge ? bridgeWire(bridge) : null,
    vlan: null,
    ovn: null,
  }
}

function bridgeWire(bridge: NonNullable<LinkState['bridge']>) {
  return {
    id: bridge.id,
    stp: bridge.stp,
    // LXD passes on what the kernel counts in: hundredths of a second.
    forward_delay: Math.round(bridge.forwardDelayMs / 10),
    vlan_default: bridge.vlanDefault,
    vlan_filtering: bridge.vlanFiltering,
    upper_devices: bridge.upperDevices,
  }
}

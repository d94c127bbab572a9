import { addressValue, familyOf } from '../subnet.ts'

/** Port of a DHCPv4 server. */
export const DHCP_PORT = 67

export interface DhcpRelease {
  readonly hwaddr: string
  readonly address: string
  /** Address of the server that gave it. */
  readonly server: string
  /** As the lease file has it, colons between the bytes; the client may have given none. */
  readonly clientId?: string | undefined
}

/** Every IPv4 lease that the lease file has for a MAC address. */
export function releasesFor(
  hwaddr: string,
  server: string,
  leases: string,
): readonly DhcpRelease[] {
  return leases.split('\n').flatMap((line) => {
    const [, hardware = '', address = '', , clientId = '*'] = line.split(' ')
    if (hardware.toLowerCase() !== hwaddr.toLowerCase() || familyOf(address) !== 4) return []
    return [{ hwaddr, address, server, clientId: clientId === '*' ? undefined : clientId }]
  })
}

/** The packet by which a client gives its address back: a DHCPRELEASE of RFC 2131. */
export function releasePacket(release: DhcpRelease): Uint8Array {
  const fixed = Buffer.alloc(236)
  // A request of a client on Ethernet, whose MAC address has 6 bytes.
  fixed.set([1, 1, 6, 0])
  fixed.writeUInt32BE(Number(addressValue(release.address)), 12)
  fixed.set(bytes(release.hwaddr), 28)
  const server = Buffer.alloc(4)
  server.writeUInt32BE(Number(addressValue(release.server)))
  return Buffer.concat([
    fixed,
    COOKIE,
    option(53, [7]),
    option(54, server),
    ...(release.clientId === undefined ? [] : [option(61, bytes(release.clientId))]),
    Buffer.from([255]),
  ])
}

/** What tells DHCP options from those of BOOTP. */
const COOKIE = Buffer.from([99, 130, 83, 99])

function option(code: number, value: ArrayLike<number>): Buffer {
  return Buffer.from([code, value.length, ...Array.from(value)])
}

function bytes(text: string): readonly number[] {
  return text.split(':').map((byte) => Number.parseInt(byte, 16))
}

import type { InterfaceReport } from './native.ts'
import { failure, number } from './wire.ts'

type Address = InterfaceReport['addresses'][number]

const LINK_FIELDS = 16
const ADDRESS_FIELDS = 6

/** The report in the fields that net.c writes: runs that start with `link` or `address`, tied by the interface's index. */
export function interfaceReports(fields: readonly string[]): readonly InterfaceReport[] {
  const runs = fieldRuns(fields)
  const addresses = runs.filter((run) => run[0] === 'address')
  return runs
    .filter((run) => run[0] === 'link')
    .map((link) =>
      interfaceReport(
        link,
        addresses.filter((address) => address[1] === link[1]),
      ),
    )
}

function fieldRuns(fields: readonly string[]): readonly (readonly string[])[] {
  const runs: string[][] = []
  for (let at = 0; at < fields.length; ) {
    const length = fields[at] === 'link' ? LINK_FIELDS : ADDRESS_FIELDS
    runs.push(fields.slice(at, at + length))
    at += length
  }
  return runs
}

function interfaceReport(
  link: readonly string[],
  addresses: readonly (readonly string[])[],
): InterfaceReport {
  const peerIndex = number(link, 7)
  return {
    name: link[2] ?? '',
    hwaddr: link[3] ?? '',
    mtu: number(link, 4),
    up: link[5] === '1',
    type: oneOf(['loopback', 'broadcast', 'point-to-point'], link[6]),
    ...(peerIndex > 0 ? { peerIndex } : {}),
    addresses: addresses.map(addressReport),
    counters: {
      bytesReceived: number(link, 8),
      bytesSent: number(link, 9),
      packetsReceived: number(link, 10),
      packetsSent: number(link, 11),
      errorsReceived: number(link, 12),
      errorsSent: number(link, 13),
      dropsReceived: number(link, 14),
      dropsSent: number(link, 15),
    },
  }
}

function addressReport(address: readonly string[]): Address {
  return {
    family: oneOf(['inet', 'inet6'], address[2]),
    address: address[3] ?? '',
    netmask: number(address, 4),
    scope: oneOf(['local', 'link', 'global'], address[5]),
  }
}

function oneOf<const T extends string>(known: readonly T[], text: string | undefined): T {
  const value = known.find((candidate) => candidate === text)
  if (value === undefined) throw failure('EPROTO', `The helper sent an unknown word: ${text}`)
  return value
}

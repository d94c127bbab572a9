import { hostname, type NetworkInterfaceInfo, networkInterfaces } from 'node:os'
import { joinAddress, type ListenAddress } from '../core/listen-address.ts'

/** `host:port` as others reach what listens there: every address of the machine in the place of a wildcard. */
export function reachable(
  { host = '::', port }: ListenAddress,
  interfaces = networkInterfaces(),
): readonly string[] {
  if (host !== '::' && host !== '0.0.0.0') return [joinAddress(host, port)]
  return machineAddresses(interfaces)
    .filter(({ family }) => host === '::' || family === 'IPv4')
    .map(({ address }) => joinAddress(address, port))
}

/** What a server certificate is made out to. */
export function hostNames(interfaces = networkInterfaces()): readonly string[] {
  const addresses = machineAddresses(interfaces).map(({ address }) => address)
  return [hostname(), 'localhost', '127.0.0.1', '::1', ...addresses]
}

/** Addresses that mean this machine to others too. */
function machineAddresses(
  interfaces: ReturnType<typeof networkInterfaces>,
): readonly NetworkInterfaceInfo[] {
  return Object.values(interfaces)
    .flatMap((all) => all ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'))
}

import { join } from 'node:path'
import { safeName } from '../../core/confined.ts'
import { oneLine } from '../../core/emit.ts'
import { LxworksError } from '../../core/errors.ts'
import type { NicOwner, NicSpec } from '../contract.ts'
import { familyOf, holds } from '../subnet.ts'
import type { BridgeOptions } from './options.ts'

/** `<instance>.<device>`, with the project before it unless that is `default`; slashes and dashes of the device are told apart. */
export function entryFile(hosts: string, nic: NicSpec, owner: NicOwner): string {
  const project = owner.project === 'default' ? '' : `${owner.project}_`
  const device = nic.device.replaceAll('-', '--').replaceAll('/', '-')
  return join(hosts, safeName(`${project}${owner.instance}.${device}`, 'interface'))
}

/** `hwaddr[,ipv4][,[ipv6]][,name]`: what dnsmasq gives to this interface. */
export function entryLine(nic: NicSpec, owner: NicOwner, options: BridgeOptions): string {
  const words = [
    nic.hwaddr,
    ...(nic.ipv4 === undefined ? [] : [nic.ipv4]),
    ...(nic.ipv6 === undefined ? [] : [`[${nic.ipv6}]`]),
    ...(options.dnsMode === 'managed' ? [dnsName(owner)] : []),
  ]
  for (const word of words) checkWord(word)
  return `${words.join(',')}\n`
}

/** Refuses a fixed address that the bridge cannot give; kind `invalid`, code `NETWORK_NIC_ADDRESS`. */
export function checkAddresses(nic: NicSpec, { families }: BridgeOptions): void {
  for (const address of [nic.ipv4, nic.ipv6]) {
    if (address === undefined) continue
    const own = families.find(({ family }) => family === familyOf(address))
    if (own?.dhcp && holds(own.cidr, address)) continue
    throw new LxworksError(
      `Device IP address ${JSON.stringify(address)} of ${nic.device} is not within the subnet that the network ${nic.network} leases; choose one of its subnet, or turn its DHCP on`,
      { kind: 'invalid', code: 'NETWORK_NIC_ADDRESS', context: { device: nic.device, address } },
    )
  }
}

/** Names of other projects carry the project, so that two instances of one name can live on one bridge. */
function dnsName({ project, instance }: NicOwner): string {
  return project === 'default' ? instance : `${instance}.${project}`
}

function checkWord(word: string): void {
  if (/^[A-Za-z0-9_.:[\]-]+$/.test(oneLine(word, 'static DHCP entry'))) return
  throw new LxworksError(`${JSON.stringify(word)} cannot be part of a static DHCP entry`, {
    kind: 'invalid',
    code: 'NETWORK_UNSAFE_ENTRY',
    context: { word },
  })
}

import { lookup } from 'node:dns'
import { BlockList, isIP, isIPv6, type LookupFunction } from 'node:net'
import { outOfReach } from './refusals.ts'

/** Addresses at which a machine reaches itself or what only it should: loopback, unspecified, link-local. */
const OWN = new BlockList()
OWN.addSubnet('0.0.0.0', 8)
OWN.addSubnet('127.0.0.0', 8)
OWN.addSubnet('169.254.0.0', 16)
OWN.addAddress('::', 'ipv6')
OWN.addAddress('::1', 'ipv6')
OWN.addSubnet('fe80::', 10, 'ipv6')
for (const [network, bits] of [
  ['0.0.0.0', 104],
  ['127.0.0.0', 104],
  ['169.254.0.0', 112],
] as const)
  OWN.addSubnet(`::ffff:${network}`, bits, 'ipv6')

export function isOwnAddress(address: string): boolean {
  return OWN.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

/** The way to look names up, after a look at a host that is an address already, which nobody looks up. */
export function lookupWithin(hostname: string): LookupFunction {
  const host = hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) && isOwnAddress(host)) throw outOfReach(host)
  return lookupOutside
}

/** Looks a name up once; the address that was looked at is the one that is connected to. */
export const lookupOutside: LookupFunction = (hostname, options, answer) => {
  lookup(hostname, { ...options, all: true }, (error, found) => {
    if (error) return answer(error, [])
    if (found.some(({ address }) => isOwnAddress(address))) return answer(outOfReach(hostname), [])
    const [first] = found
    if (options.all || !first) return answer(null, found)
    answer(null, first.address, first.family)
  })
}

import { bareWord, nftString } from '../../core/emit.ts'
import { networkText } from '../subnet.ts'
import type { BridgeOptions, FamilyOptions } from './options.ts'

/** LXD's table. It may be shared with another LXD on the machine: only chains of our bridges are touched. */
export const TABLE = 'inet lxd'

/** Silent when the table is gone already. */
export const DELETE_TABLE = `add table ${TABLE}\ndelete table ${TABLE}\n`

const HOOKS = {
  pstrt: 'type nat hook postrouting priority srcnat; policy accept;',
  fwd: 'type filter hook forward priority filter; policy accept;',
  in: 'type filter hook input priority filter; policy accept;',
  out: 'type filter hook output priority filter; policy accept;',
} as const

type ChainKind = keyof typeof HOOKS

const KINDS = ['pstrt', 'fwd', 'in', 'out'] as const

/** One transaction of nft that gives a bridge exactly the rules its options ask for, whatever was there. */
export function firewallScript(name: string, options: BridgeOptions): string {
  const rules = firewallRules(name, options)
  const lines = KINDS.flatMap((kind) => [
    ...withoutChain(kind, name),
    ...(rules[kind].length === 0 ? [] : chain(kind, name, rules[kind])),
  ])
  return script([`add table ${TABLE}`, ...lines])
}

/** Takes a bridge's chains away; they need not be there. */
export function clearScript(name: string): string {
  return script([`add table ${TABLE}`, ...KINDS.flatMap((kind) => withoutChain(kind, name))])
}

/** The rules of a bridge, by chain. */
export function firewallRules(
  name: string,
  options: BridgeOptions,
): Readonly<Record<ChainKind, readonly string[]>> {
  const link = nftString(name, 'network name')
  const { families } = options
  return {
    pstrt: families.filter(({ nat }) => nat).map(natRule),
    fwd: families.filter(({ firewall }) => firewall).flatMap((family) => forwarding(link, family)),
    in: serviceRules(families, (what) => `iifname ${link} ${what} accept`, 'dport'),
    out: serviceRules(families, (what) => `oifname ${link} ${what} accept`, 'sport'),
  }
}

/** A chain can only be deleted when it is there and empty, so it is added and flushed before. */
function withoutChain(kind: ChainKind, name: string): readonly string[] {
  const chain = `${TABLE} ${chainName(kind, name)}`
  return [`add chain ${chain}`, `flush chain ${chain}`, `delete chain ${chain}`]
}

function chain(kind: ChainKind, name: string, rules: readonly string[]): readonly string[] {
  const target = `${TABLE} ${chainName(kind, name)}`
  return [
    `add chain ${target} { ${HOOKS[kind]} }`,
    ...rules.map((rule) => `add rule ${target} ${rule}`),
  ]
}

function chainName(kind: ChainKind, name: string): string {
  return bareWord(`${kind}.${name}`, 'network name')
}

function natRule({ family, cidr, natAddress }: FamilyOptions): string {
  const ip = family === 4 ? 'ip' : 'ip6'
  const subnet = networkText(cidr)
  const target =
    natAddress === undefined ? 'masquerade' : `snat ${ip} to ${bareWord(natAddress, 'nat.address')}`
  return `${ip} saddr ${subnet} ${ip} daddr != ${subnet} ${target}`
}

function forwarding(link: string, { family, routing }: FamilyOptions): readonly string[] {
  const version = family === 4 ? 'ip version 4' : 'ip6 version 6'
  const refusal = family === 4 ? 'reject with icmp type' : 'reject with icmpv6 type'
  const verdict = routing ? 'accept' : `${refusal} port-unreachable`
  return [`${version} oifname ${link} ${verdict}`, `${version} iifname ${link} ${verdict}`]
}

const ICMP4 = 'destination-unreachable, time-exceeded, parameter-problem'
const ICMP6 = 'destination-unreachable, packet-too-big, time-exceeded, parameter-problem'
const NEIGHBOURS = 'nd-neighbor-solicit, nd-neighbor-advert, mld2-listener-report'

/** What dnsmasq and the kernel need to be reached: needed whatever the filtering of forwarded traffic. */
function serviceRules(
  families: readonly FamilyOptions[],
  rule: (what: string) => string,
  side: 'dport' | 'sport',
): readonly string[] {
  if (families.length === 0) return []
  const icmp6 =
    side === 'dport'
      ? `${ICMP6}, nd-router-solicit, ${NEIGHBOURS}`
      : `${ICMP6}, echo-request, nd-router-advert, ${NEIGHBOURS}`
  const perFamily = families
    .filter(({ dhcp }) => dhcp)
    .flatMap(({ family }) =>
      family === 4
        ? [`icmp type { ${ICMP4} }`, `udp ${side} 67`]
        : [`icmpv6 type { ${icmp6} }`, `udp ${side} 547`],
    )
  return [`tcp ${side} 53`, `udp ${side} 53`, ...perFamily].map(rule)
}

function script(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}

import { z } from 'zod'
import { bareWord } from '../../core/emit.ts'
import { type Cidr, parseCidr } from '../subnet.ts'
import type { BridgePlan } from './plan.ts'

export const LIST_ADDRESSES = ['ip', '-j', 'addr', 'show'] as const
export const LIST_ROUTES = ['ip', '-j', 'route', 'show', 'table', 'all'] as const
export const APPLY = ['ip', '-batch', '-'] as const
export const NFT = ['nft', '-f', '-'] as const
export const NFT_CHECK = ['nft', '--check', '-f', '-'] as const
export const LIST_CHAINS = ['nft', 'list', 'table', 'inet', 'lxd'] as const

/** A link as `ip -j addr` tells it. */
export interface ObservedLink {
  readonly name: string
  readonly hwaddr: string
  readonly mtu: number
  readonly addresses: readonly ObservedAddress[]
}

export interface ObservedAddress extends Cidr {
  readonly scope: string
}

export interface ObservedRoute {
  readonly subnet: Cidr
  readonly link?: string | undefined
  readonly protocol: string
}

const Addresses = z.array(
  z.object({
    ifname: z.string(),
    address: z.string().optional(),
    mtu: z.number().optional(),
    addr_info: z
      .array(z.object({ local: z.string().optional(), prefixlen: z.number(), scope: z.string() }))
      .optional(),
  }),
)

export function observedLinks(json: string): readonly ObservedLink[] {
  return Addresses.parse(JSON.parse(json)).map((link) => ({
    name: link.ifname,
    hwaddr: link.address ?? '',
    mtu: link.mtu ?? 0,
    addresses: (link.addr_info ?? []).flatMap(({ local, prefixlen, scope }) => {
      const cidr = parseCidr(`${local ?? ''}/${prefixlen}`)
      return cidr ? [{ ...cidr, scope }] : []
    }),
  }))
}

const Routes = z.array(
  z.object({
    dst: z.string(),
    dev: z.string().optional(),
    protocol: z.string().optional(),
    type: z.string().optional(),
  }),
)

/** Routes to subnets and hosts; the default route and those of the host itself are left out. */
export function observedRoutes(json: string): readonly ObservedRoute[] {
  return Routes.parse(JSON.parse(json || '[]')).flatMap(({ dst, dev, protocol, type }) => {
    const subnet = parseCidr(dst) ?? parseCidr(`${dst}/${dst.includes(':') ? 128 : 32}`)
    if (!subnet || subnet.prefix === 0 || isOwn(type)) return []
    return [{ subnet, link: dev, protocol: protocol ?? '' }]
  })
}

function isOwn(type: string | undefined): boolean {
  return type !== undefined && ['local', 'broadcast', 'anycast', 'multicast'].includes(type)
}

export function createLines({ name, hwaddr, mtu }: BridgePlan): string {
  return line('link', 'add', 'name', name, 'address', hwaddr, 'mtu', String(mtu), 'type', 'bridge')
}

export function deleteLines(name: string): string {
  return line('link', 'del', 'dev', name)
}

/** What makes an existing bridge what the plan says: surplus addresses and routes go before the new ones come. */
export function mendLines(
  plan: BridgePlan,
  observed: { readonly link: ObservedLink; readonly routes: readonly ObservedRoute[] },
): string {
  const { name } = plan
  const has = observed.link.addresses
    .filter(({ scope }) => scope !== 'link')
    .map(({ address, prefix }) => `${address}/${prefix}`)
  const routed = observed.routes
    .filter(({ link, protocol }) => link === name && protocol === 'static')
    .map(({ subnet }) => `${subnet.address}/${subnet.prefix}`)
  return [
    ...linkLines(plan, observed.link),
    ...without(routed, plan.routes).map((route) => line('route', 'del', route, 'dev', name)),
    ...without(has, plan.addresses).map((address) => line('addr', 'del', address, 'dev', name)),
    ...without(plan.addresses, has).map((address) => addressLine(name, address)),
    line('link', 'set', 'dev', name, 'up'),
    ...plan.routes.map((route) => line('route', 'replace', route, 'dev', name, 'proto', 'static')),
  ].join('')
}

function linkLines({ name, hwaddr, mtu }: BridgePlan, link: ObservedLink): readonly string[] {
  return [
    ...(link.mtu === mtu ? [] : [line('link', 'set', 'dev', name, 'mtu', String(mtu))]),
    ...(link.hwaddr === hwaddr ? [] : [line('link', 'set', 'dev', name, 'address', hwaddr)]),
  ]
}

/** Looking for duplicates would leave the address unusable for a while, and dnsmasq could not listen on it. */
function addressLine(name: string, address: string): string {
  const words = ['addr', 'add', address, 'dev', name]
  return line(...words, ...(address.includes(':') ? ['nodad'] : []))
}

function without(all: readonly string[], some: readonly string[]): readonly string[] {
  return all.filter((one) => !some.includes(one))
}

function line(...words: readonly string[]): string {
  return `${words.map((word) => bareWord(word, 'argument of ip')).join(' ')}\n`
}

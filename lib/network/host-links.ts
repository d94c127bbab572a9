import { z } from 'zod'
import { errorCode, LxworksError } from '../core/errors.ts'
import type { Commands, Files, Link, Links } from '../core/ports.ts'
import type { LinkState } from './contract.ts'

export interface HostLinkPorts {
  readonly commands: Commands
  readonly files: Files
  readonly links: Links
}

/** A link of the host with the word that LXD has for its kind. */
export interface UnmanagedLink extends Link {
  readonly type: 'loopback' | 'bridge' | 'physical' | 'unknown'
}

/** The host's own links, as far as they are asked for. */
export class HostNetworkLinks {
  readonly #ports: HostLinkPorts

  constructor(ports: HostLinkPorts) {
    this.#ports = ports
  }

  async find(name: string): Promise<UnmanagedLink | undefined> {
    const link = (await this.#ports.links.list()).find((one) => one.name === name)
    return link && this.#typed(link)
  }

  /** In the kernel's order, without the host ends of instances. */
  async list(): Promise<readonly UnmanagedLink[]> {
    const links = (await this.#ports.links.list()).filter(({ name }) => !name.startsWith('veth'))
    const typed = await Promise.all(links.map((link) => this.#typed(link)))
    return typed.sort((a, b) => a.index - b.index)
  }

  /** Addresses and counters now. Kind `notFound` when the host has no such link. */
  async state(name: string): Promise<LinkState> {
    const argv = ['ip', '-j', '-s', '-d', 'addr', 'show', 'dev', name] as const
    const [shown, links] = await Promise.all([
      this.#ports.commands.run(argv).catch((error: unknown) => {
        throw errorCode(error) === 'CORE_COMMAND_FAILED' ? linkNotFound(name, error) : error
      }),
      this.#ports.links.list(),
    ])
    const ports = links.filter(({ master }) => master === name).map((link) => link.name)
    return linkState(shown.stdout, ports)
  }

  async #typed(link: Link): Promise<UnmanagedLink> {
    return { ...link, type: await this.#typeOf(link) }
  }

  async #typeOf({ name, isBridge }: Link): Promise<UnmanagedLink['type']> {
    if (isBridge) return 'bridge'
    const directory = `/sys/class/net/${name}`
    // A link that goes away meanwhile fails with EINVAL or ENODEV for a moment before its files are gone.
    const type = await this.#ports.files.read(`${directory}/type`).catch(() => undefined)
    if (type?.trim() === LOOPBACK) return 'loopback'
    return (await this.#ports.files.exists(`${directory}/device`)) ? 'physical' : 'unknown'
  }
}

/** ARPHRD_LOOPBACK of linux/if_arp.h. */
const LOOPBACK = '772'

const Counters = z.object({ bytes: z.number(), packets: z.number() })

const Shown = z.tuple([
  z.object({
    flags: z.array(z.string()),
    mtu: z.number(),
    address: z.string().optional(),
    addr_info: z.array(
      z.object({
        family: z.string(),
        local: z.string().optional(),
        prefixlen: z.number(),
        scope: z.string(),
      }),
    ),
    stats64: z.object({ rx: Counters, tx: Counters }),
    linkinfo: z
      .object({ info_kind: z.string(), info_data: z.record(z.string(), z.unknown()).optional() })
      .optional(),
  }),
])

type ShownLink = z.output<typeof Shown>[0]

/** Reads `ip -j -s -d addr show dev …`. */
export function linkState(json: string, ports: readonly string[]): LinkState {
  const [link] = Shown.parse(JSON.parse(json).filter((one: object) => 'ifname' in one))
  const { rx, tx } = link.stats64
  const type = typeOf(link.flags)
  return {
    addresses: addressesOf(link),
    counters: {
      bytesReceived: rx.bytes,
      bytesSent: tx.bytes,
      packetsReceived: rx.packets,
      packetsSent: tx.packets,
    },
    hwaddr: type === 'loopback' ? '' : (link.address ?? ''),
    mtu: link.mtu,
    state: link.flags.includes('UP') ? 'up' : 'down',
    type,
    bridge: bridgeOf(link, ports),
  }
}

function addressesOf(link: ShownLink): LinkState['addresses'] {
  return link.addr_info.flatMap(({ family, local, prefixlen, scope }) => {
    if (local === undefined || (family !== 'inet' && family !== 'inet6')) return []
    const word = scope === 'host' ? 'local' : scope
    return [{ family, address: local, netmask: String(prefixlen), scope: word }] as const
  })
}

function typeOf(flags: readonly string[]): string {
  if (flags.includes('LOOPBACK')) return 'loopback'
  if (flags.includes('POINTOPOINT')) return 'point-to-point'
  return flags.includes('BROADCAST') ? 'broadcast' : 'unknown'
}

const Bridge = z.object({
  forward_delay: z.number(),
  stp_state: z.number(),
  vlan_filtering: z.number().optional(),
  vlan_default_pvid: z.number().optional(),
  bridge_id: z.string(),
})

function bridgeOf({ linkinfo }: ShownLink, ports: readonly string[]): LinkState['bridge'] {
  if (linkinfo?.info_kind !== 'bridge') return undefined
  const data = Bridge.parse(linkinfo.info_data)
  return {
    id: bridgeId(data.bridge_id),
    stp: data.stp_state !== 0,
    // The kernel counts in hundredths of a second.
    forwardDelayMs: data.forward_delay * 10,
    vlanDefault: data.vlan_default_pvid ?? 0,
    vlanFiltering: data.vlan_filtering === 1,
    upperDevices: ports,
  }
}

/** `8000.0:16:3e:1:2:3` as sysfs writes it: `8000.00163e010203`. */
function bridgeId(text: string): string {
  const [priority = '', address = ''] = text.split('.')
  const bytes = address.split(':').map((byte) => byte.padStart(2, '0'))
  return `${priority}.${bytes.join('')}`
}

function linkNotFound(name: string, cause: unknown): LxworksError {
  return new LxworksError(`the host has no network interface ${name}; start the network again`, {
    kind: 'notFound',
    code: 'NETWORK_LINK_NOT_FOUND',
    context: { name },
    cause,
  })
}

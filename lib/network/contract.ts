import type { z } from 'zod'
import type { Walking } from '../core/cancel.ts'
import type { ConfigKeys, RawConfig } from '../core/config.ts'
import { type Module, type Needs, type Token, token } from '../core/module.ts'

/** A managed network as recorded, or a link of the host. */
export interface NetworkRecord {
  readonly name: string
  readonly project: string
  readonly type: string
  readonly description: string
  readonly config: RawConfig
  /** False for links of the host that are only listed. */
  readonly managed: boolean
  readonly status: 'Pending' | 'Created' | 'Errored' | 'Unknown' | 'Unavailable'
  readonly usedBy: readonly string[]
}

/** A network to be made. */
export interface NetworkRequest {
  readonly project: string
  readonly name: string
  /** `bridge` when absent. */
  readonly type?: string
  readonly description?: string
  readonly config?: RawConfig
}

/** A network interface of an instance, fully named before anything exists. */
export interface NicSpec {
  /** Device name in the instance's configuration: `eth0`. */
  readonly device: string
  /** Name inside the instance. */
  readonly name: string
  /** Host end of the veth pair. */
  readonly hostName: string
  readonly hwaddr: string
  /** Link on the host that it joins. */
  readonly parent: string
  readonly mtu?: number | undefined
  /** Managed network it belongs to, when it does. */
  readonly network?: string | undefined
  readonly ipv4?: string | undefined
  readonly ipv6?: string | undefined
  /** Given to the interface before its guest runs. */
  readonly given?: NicAddress | undefined
  /** `security.mac_filtering` and the like, for those who build rules. */
  readonly config: RawConfig
}

/** An IPv4 address of a network, for an interface whose guest asks nobody for one. */
export interface NicAddress {
  readonly address: string
  readonly prefix: number
  readonly gateway: string | undefined
  readonly nameserver: string
  /** Domains in which names are looked up. */
  readonly search: readonly string[]
}

/** Who an address is for. */
export interface NicWish {
  readonly hwaddr: string
  /** One that its owner has chosen. */
  readonly address?: string | undefined
}

/** Who the interface belongs to, for names in DNS and DHCP. */
export interface NicOwner {
  readonly project: string
  readonly instance: string
}

/** What a planner needs to know of a network. */
export interface NetworkFacts {
  readonly name: string
  readonly type: string
  readonly managed: boolean
  /** Link on the host. */
  readonly parent: string
  readonly mtu?: number | undefined
  readonly config: RawConfig
  readonly status: NetworkRecord['status']
}

/** One driver of managed networks: the network itself on the host, and what an interface needs there before its instance starts. */
export interface NetworkDriver {
  /**
   * Completes configuration (chosen addresses for `auto`), without effects. Without `before` it is that of a new network, where an
   * unset address means `auto`; with it, `before` is what was recorded until now. Refuses with kind `invalid` what cannot work,
   * with kind `unsupported` what is not built, and with kind `unavailable` what this host has not the means for.
   */
  complete(network: NetworkSetup, before?: RawConfig): Promise<RawConfig>
  /** Makes or mends everything on the host so that it is as configured: link, addresses, rules, dnsmasq. Can be repeated. */
  setup(network: NetworkSetup): Promise<void>
  /** Takes all of it away. Silent when it is gone. */
  teardown(network: NetworkSetup): Promise<void>
  /** Registers an interface with the network's services (static lease, DNS name), which are started again where they have died. Can be repeated. */
  attach(network: NetworkSetup, nic: NicSpec, owner: NicOwner): Promise<void>
  /** Undoes `attach`, also one that failed half way; silent when there is nothing. */
  detach(network: NetworkSetup, nic: NicSpec, owner: NicOwner): Promise<void>
  /**
   * An IPv4 address that nobody has, kept for this interface for a moment: `attach` makes it its own. Undefined where none is leased, or
   * none is left.
   */
  offer(network: NetworkSetup, wish: NicWish): Promise<NicAddress | undefined>
  /** Addresses that are given out or reserved now, and the network's own. */
  leases(network: NetworkSetup): Promise<readonly Lease[]>
}

/** A network with its complete configuration. */
export interface NetworkSetup {
  readonly name: string
  readonly project: string
  readonly config: RawConfig
}

/** An address and who has it. */
export interface Lease {
  readonly hostname: string
  readonly hwaddr: string
  readonly address: string
  readonly type: 'static' | 'dynamic' | 'gateway' | 'uplink'
  readonly location: string
}

/** A driver of networks as a value, with the keys that it understands. */
export interface NetworkModule<N extends Needs, C extends z.ZodType>
  extends Module<NetworkDriver, N, C> {
  readonly keys: ConfigKeys
}

/** Freezes a driver's declaration; gives its parts their types. */
export function defineNetwork<const N extends Needs, C extends z.ZodType>(
  module: NetworkModule<N, C>,
): NetworkModule<N, C> {
  return Object.freeze(module)
}

/** A link as the kernel has it now. */
export interface LinkState {
  readonly addresses: readonly {
    readonly family: 'inet' | 'inet6'
    readonly address: string
    readonly netmask: string
    readonly scope: string
  }[]
  readonly counters: {
    readonly bytesReceived: number
    readonly bytesSent: number
    readonly packetsReceived: number
    readonly packetsSent: number
  }
  readonly hwaddr: string
  readonly mtu: number
  readonly state: 'up' | 'down'
  readonly type: string
  readonly bridge?:
    | {
        readonly id: string
        readonly stp: boolean
        readonly forwardDelayMs: number
        readonly vlanDefault: number
        readonly vlanFiltering: boolean
        readonly upperDevices: readonly string[]
      }
    | undefined
}

/** The room: managed networks, and the host's links as far as they are asked for. */
export interface Networks {
  /**
   * Completes the configuration, makes everything on the host and records it. Kind `exists` when the name is taken; on failure
   * nothing is left.
   */
  create(network: NetworkRequest, walking?: Walking): Promise<NetworkRecord>
  /** A managed network, or a link of the host. Kind `notFound`. */
  get(project: string, name: string): Promise<NetworkRecord>
  /** Managed ones and the host's other links. */
  list(project: string): Promise<readonly NetworkRecord[]>
  /** Replaces what is given and brings the host to it. Refuses like `NetworkDriver.complete`. */
  update(
    project: string,
    name: string,
    change: { readonly config?: RawConfig; readonly description?: string },
  ): Promise<void>
  /** Refuses with kind `busy` one in use. */
  rename(project: string, name: string, to: string): Promise<void>
  /** Refuses with kind `busy` while used. */
  delete(project: string, name: string, walking?: Walking): Promise<void>
  /** Read now, from the kernel. Kind `notFound`. */
  state(project: string, name: string): Promise<LinkState>
  /** Addresses that are given out or reserved now. Kind `notFound`; a link that is not managed has none. */
  leases(project: string, name: string): Promise<readonly Lease[]>
  /** No effects; `name` is a managed network or a bridge of the host. Kind `notFound`. */
  facts(project: string, name: string): Promise<NetworkFacts>
  /**
   * An IPv4 address of a managed network for an interface whose guest asks nobody for one. Undefined where none is leased, none is left, or
   * the network is not managed.
   */
  offer(project: string, name: string, wish: NicWish): Promise<NicAddress | undefined>
  /** Registers an interface with its network's services before its instance starts. Can be repeated. */
  attach(nic: NicSpec, owner: NicOwner): Promise<void>
  /** Undoes `attach`; silent when there is nothing. */
  detach(nic: NicSpec, owner: NicOwner): Promise<void>
  /** Brings every recorded network up after a start of the host, in parallel; a failing one is told as an event and marked, and the others go on. */
  start(): Promise<void>
}

/** What a module names when it needs the room. */
export const NETWORKS: Token<Networks> = token('networks')

/** `<root>/networks`, one directory per network. */
export const NETWORKS_DIRECTORY: Token<string> = token('network.directory')

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { checkConfig, type RawConfig } from '../../core/config.ts'
import { KeyedLocks, type Locks } from '../../core/locks.ts'
import type { Commands, Files } from '../../core/ports.ts'
import type { Lease, NetworkDriver, NetworkSetup, NicOwner, NicSpec } from '../contract.ts'
import type { Datagrams } from '../datagrams.ts'
import type { Processes } from '../processes.ts'
import { LIST_ADDRESSES, LIST_ROUTES, observedLinks, observedRoutes } from './commands.ts'
import { type AddressFacts, completed } from './complete.ts'
import { reread, serve, silence } from './dnsmasq.ts'
import { dnsmasqArgv, dnsmasqPaths } from './dnsmasq-config.ts'
import { applyFirewall, applyLink, clearFirewall, forward, removeLink } from './host.ts'
import { bridgeKeys } from './keys.ts'
import { leasesOf } from './leases.ts'
import { bridgeOptions } from './options.ts'
import { bridgePlan } from './plan.ts'
import { DHCP_PORT, releasePacket, releasesFor } from './release.ts'
import { checkAddresses, entryFile, entryLine } from './static-entries.ts'
import { serviceUser } from './user.ts'

export interface BridgeDeps {
  readonly commands: Commands
  readonly files: Files
  readonly processes: Processes
  readonly datagrams: Datagrams
  /** Holds one directory per network. */
  readonly directory: string
}

/** Managed bridges: a link, its addresses, its rules, and a dnsmasq that outlives this process. */
export class BridgeDriver implements NetworkDriver {
  readonly #deps: BridgeDeps
  /** Bridges share one table of rules. */
  readonly #locks: Locks = new KeyedLocks()

  constructor(deps: BridgeDeps) {
    this.#deps = deps
  }

  async complete(network: NetworkSetup, before?: RawConfig): Promise<RawConfig> {
    const { name, config } = network
    checkConfig(bridgeKeys, config)
    const facts = await this.#addressFacts(name)
    const whole = completed({ config, before, facts, random: randomBytes })
    checkConfig(bridgeKeys, whole)
    return whole
  }

  async setup(network: NetworkSetup): Promise<void> {
    const { files, directory } = this.#deps
    const plan = bridgePlan(network, {
      networks: directory,
      dnsmasqAs: await serviceUser(files),
    })
    await files.makeDirectory(plan.paths.directory, 0o711)
    await files.makeDirectory(plan.paths.hosts, 0o755)
    await applyLink(this.#deps, plan)
    await forward(files, plan.forwarding)
    await this.#locks.hold(['rules'], () => applyFirewall(this.#deps, plan.firewall))
    if (plan.dnsmasq) await serve(this.#deps, plan.paths, plan.dnsmasq)
    else await silence(this.#deps, this.#configArgument(network))
  }

  async teardown(network: NetworkSetup): Promise<void> {
    const { files, directory } = this.#deps
    await silence(this.#deps, this.#configArgument(network))
    await removeLink(this.#deps, network.name)
    await this.#locks.hold(['rules'], () => clearFirewall(this.#deps, network.name))
    await files.removeTree(dnsmasqPaths(directory, network.name).directory)
  }

  async attach(network: NetworkSetup, nic: NicSpec, owner: NicOwner): Promise<void> {
    const options = bridgeOptions(network.config)
    checkAddresses(nic, options)
    if (!options.families.some(({ dhcp }) => dhcp)) return
    const { files } = this.#deps
    const file = entryFile(this.#paths(network).hosts, nic, owner)
    const line = entryLine(nic, owner, options)
    const before = await files.read(file)
    if (before === line) return
    await files.write(file, line, { durable: false })
    if (before !== undefined) await reread(this.#deps, this.#configArgument(network))
  }

  async detach(network: NetworkSetup, nic: NicSpec, owner: NicOwner): Promise<void> {
    const { files } = this.#deps
    const file = entryFile(this.#paths(network).hosts, nic, owner)
    if (!(await files.exists(file))) return
    await files.remove(file)
    await reread(this.#deps, this.#configArgument(network))
    await this.#release(network, nic.hwaddr)
  }

  async leases(network: NetworkSetup): Promise<readonly Lease[]> {
    const { files } = this.#deps
    const paths = this.#paths(network)
    const names = (await files.list(paths.hosts)).filter((name) => !name.startsWith('.'))
    const entries = await Promise.all(names.map((name) => files.read(join(paths.hosts, name))))
    return leasesOf({
      name: network.name,
      options: bridgeOptions(network.config),
      leases: (await files.read(paths.leases)) ?? '',
      entries: entries.filter((entry) => entry !== undefined),
    })
  }

  /** Instances end without giving their addresses back, and a subnet would run out of them. */
  async #release(network: NetworkSetup, hwaddr: string): Promise<void> {
    const { files, datagrams } = this.#deps
    const server = bridgeOptions(network.config).families.find(({ family }) => family === 4)
    if (!server) return
    const { address } = server.cidr
    const leases = (await files.read(this.#paths(network).leases)) ?? ''
    for (const release of releasesFor(hwaddr, address, leases)) {
      await datagrams.send(releasePacket(release), { address, port: DHCP_PORT })
    }
  }

  #paths({ name }: NetworkSetup): ReturnType<typeof dnsmasqPaths> {
    return dnsmasqPaths(this.#deps.directory, name)
  }

  #configArgument(network: NetworkSetup): string {
    return dnsmasqArgv(this.#paths(network))[1] ?? ''
  }

  async #addressFacts(name: string): Promise<AddressFacts> {
    const { commands, files } = this.#deps
    const [addresses, routes, hasIpv6] = await Promise.all([
      commands.run(LIST_ADDRESSES),
      commands.run(LIST_ROUTES),
      files.exists('/proc/sys/net/ipv6'),
    ])
    const connected = observedLinks(addresses.stdout)
      .filter((link) => link.name !== name)
      .flatMap((link) => link.addresses.filter(({ scope }) => scope === 'global'))
    const routed = observedRoutes(routes.stdout).map(({ subnet }) => subnet)
    return { connected, routed: [...connected, ...routed], hasIpv6 }
  }
}

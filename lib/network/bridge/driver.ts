import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { checkConfig, type RawConfig } from '../../core/config.ts'
import { KeyedLocks, type Locks } from '../../core/locks.ts'
import type { Commands, Files } from '../../core/ports.ts'
import type {
  Lease,
  NetworkDriver,
  NetworkSetup,
  NicAddress,
  NicOwner,
  NicSpec,
  NicWish,
} from '../contract.ts'
import type { Datagrams } from '../datagrams.ts'
import type { HostProcess, Processes } from '../processes.ts'
import { addressFacts } from './address-facts.ts'
import { completed } from './complete.ts'
import { reread, serve, serviceOf, silence } from './dnsmasq.ts'
import { type DnsmasqPaths, dnsmasqPaths } from './dnsmasq-config.ts'
import { firewallScript } from './firewall.ts'
import {
  applyFirewall,
  applyLink,
  checkFirewall,
  clearFirewall,
  forward,
  removeLink,
} from './host.ts'
import { bridgeKeys } from './keys.ts'
import { leasesOf } from './leases.ts'
import { offerAddress } from './offer.ts'
import { bridgeOptions } from './options.ts'
import { type BridgePlan, bridgePlan } from './plan.ts'
import { Promises } from './promises.ts'
import { DHCP_PORT, releasePacket, releasesFor } from './release.ts'
import { checkAddresses, entryFile, entryLine } from './static-entries.ts'
import { serviceUser } from './user.ts'

/** No name of a network has a blank. */
const RULES = 'table of rules'

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
  /** By name for what serves one bridge, and one for the table of rules that all share. */
  readonly #locks: Locks = new KeyedLocks()
  /** Addresses that were offered and are not registered yet. */
  readonly #promises = new Promises()

  constructor(deps: BridgeDeps) {
    this.#deps = deps
  }

  async complete(network: NetworkSetup, before?: RawConfig): Promise<RawConfig> {
    const { name, config } = network
    checkConfig(bridgeKeys, config)
    const facts = await addressFacts(this.#deps, name)
    const whole = completed({ config, before, facts, random: randomBytes })
    checkConfig(bridgeKeys, whole)
    await checkFirewall(this.#deps, firewallScript(name, bridgeOptions(whole)))
    return whole
  }

  async setup(network: NetworkSetup): Promise<void> {
    const { files } = this.#deps
    const plan = await this.#plan(network)
    await files.makeDirectory(plan.paths.directory, 0o711)
    await files.makeDirectory(plan.paths.hosts, 0o755)
    await applyLink(this.#deps, plan)
    await forward(files, plan.forwarding)
    await this.#locks.hold([RULES], () => applyFirewall(this.#deps, plan.firewall))
    await this.#locks.hold([network.name], () => this.#serve(plan))
  }

  /** Begins with the rules: where they cannot be taken away, everything else stays as it is. */
  async teardown(network: NetworkSetup): Promise<void> {
    const { files } = this.#deps
    const paths = this.#paths(network)
    await this.#locks.hold([RULES], () => clearFirewall(this.#deps, network.name))
    await this.#locks.hold([network.name], async () => {
      await silence(this.#deps, paths)
      await removeLink(this.#deps, network.name)
      await files.removeTree(paths.directory)
    })
  }

  async attach(network: NetworkSetup, nic: NicSpec, owner: NicOwner): Promise<void> {
    const options = bridgeOptions(network.config)
    checkAddresses(nic, options)
    if (!options.families.some(({ dhcp }) => dhcp)) return
    const { files } = this.#deps
    const running = await this.#served(network)
    const file = entryFile(this.#paths(network).hosts, nic, owner)
    const line = entryLine(nic, owner, options)
    const before = await files.read(file)
    if (before !== line) await files.write(file, line, { durable: false })
    if (before !== undefined) await reread(this.#deps, running)
  }

  /** Does all of it also where the entry is gone: it may have failed half way the last time. */
  async detach(network: NetworkSetup, nic: NicSpec, owner: NicOwner): Promise<void> {
    const { files, processes } = this.#deps
    const paths = this.#paths(network)
    await files.remove(entryFile(paths.hosts, nic, owner))
    // A bridge without addresses has no dnsmasq that would have to forget.
    if (bridgeOptions(network.config).families.length === 0) return
    await reread(this.#deps, await processes.find(serviceOf(paths)))
    await this.#release(network, nic.hwaddr)
  }

  async offer(network: NetworkSetup, wish: NicWish): Promise<NicAddress | undefined> {
    const leases = await this.leases(network)
    const promised = this.#promises.others(network.name, wish.hwaddr)
    const options = bridgeOptions(network.config)
    const offered = offerAddress({ options, leases, promised, ...wish })
    if (offered) this.#promises.make(network.name, wish.hwaddr, offered.address)
    return offered
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

  #paths({ name }: NetworkSetup): DnsmasqPaths {
    return dnsmasqPaths(this.#deps.directory, name)
  }

  async #plan(network: NetworkSetup): Promise<BridgePlan> {
    const { files, directory } = this.#deps
    return bridgePlan(network, { networks: directory, dnsmasqAs: await serviceUser(files) })
  }

  #serve({ paths, dnsmasq }: BridgePlan): Promise<void> {
    return dnsmasq ? serve(this.#deps, paths, dnsmasq) : silence(this.#deps, paths)
  }

  /** The network's dnsmasq. One that has died is started again, or who joins now would get no address. */
  async #served(network: NetworkSetup): Promise<readonly HostProcess[]> {
    const service = serviceOf(this.#paths(network))
    const running = await this.#deps.processes.find(service)
    if (running.length > 0) return running
    const plan = await this.#plan(network)
    await this.#locks.hold([network.name], () => this.#serve(plan))
    return this.#deps.processes.find(service)
  }
}

import type { RawConfig } from '../core/config.ts'
import { errorCode, errorMessage } from '../core/errors.ts'
import type { WarningSink, WarningSubject } from '../core/warnings.ts'
import type { NetworkRecord } from './contract.ts'
import type { RecordedNetwork } from './records.ts'

type Named = Pick<RecordedNetwork, 'project' | 'name'>

/** Which networks could not be brought up since this process began, and what the administrator is told of networks. */
export class NetworkHealth {
  readonly #warnings: WarningSink
  readonly #down = new Set<string>()

  constructor(warnings: WarningSink) {
    this.#warnings = warnings
  }

  status({ name, status }: RecordedNetwork): NetworkRecord['status'] {
    return this.#down.has(name) ? 'Unavailable' : status
  }

  async isUp(network: Named & { readonly config: RawConfig }): Promise<void> {
    this.#down.delete(network.name)
    await this.#warnings.resolve(about('networkUnavailable', network))
    const prefix = about('longIpv6Prefix', network)
    if (!hasLongIpv6Prefix(network.config)) return this.#warnings.resolve(prefix)
    const address = network.config['ipv6.address']
    await this.#warnings.raise(prefix, `${network.name} has the address ${address}`)
  }

  async isDown(network: Named, error: unknown): Promise<void> {
    this.#down.add(network.name)
    await this.#warnings.raise(about('networkUnavailable', network), errorMessage(error))
  }

  /** An interface joins. What keeps the network from serving it is told as of the network, until one can join again. */
  async joining(
    network: Named & { readonly config: RawConfig },
    join: () => Promise<void>,
  ): Promise<void> {
    try {
      await join()
    } catch (error) {
      if (NOT_SERVED.includes(errorCode(error) ?? '')) await this.isDown(network, error)
      throw error
    }
    if (this.#down.has(network.name)) await this.isUp(network)
  }

  isGone(name: string): void {
    this.#down.delete(name)
  }
}

/** Why no dnsmasq runs; anything else is wrong with the interface. */
const NOT_SERVED = ['NETWORK_DNSMASQ_FAILED', 'NETWORK_NO_DNSMASQ', 'NETWORK_DIRECTORY_CLOSED']

function about(type: WarningSubject['type'], { project, name }: Named): WarningSubject {
  return { type, entity: { kind: 'network', project, name } }
}

/** Which dnsmasq serves by stateful DHCPv6 at best. */
function hasLongIpv6Prefix(config: RawConfig): boolean {
  return Number(config['ipv6.address']?.split('/')[1] ?? 0) > 64
}

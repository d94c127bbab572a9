import type { Commands, Files } from '../../core/ports.ts'
import { LIST_ADDRESSES, LIST_ROUTES, observedLinks, observedRoutes } from './commands.ts'
import type { AddressFacts } from './complete.ts'

/** Which subnets of this host are taken by others than the bridge itself. No effects. */
export async function addressFacts(
  { commands, files }: { readonly commands: Commands; readonly files: Files },
  bridgeName: string,
): Promise<AddressFacts> {
  const [addresses, routes, hasIpv6] = await Promise.all([
    commands.run(LIST_ADDRESSES),
    commands.run(LIST_ROUTES),
    files.exists('/proc/sys/net/ipv6'),
  ])
  const connected = observedLinks(addresses.stdout)
    .filter((link) => link.name !== bridgeName)
    .flatMap((link) => link.addresses.filter(({ scope }) => scope === 'global'))
  const routed = observedRoutes(routes.stdout).map(({ subnet }) => subnet)
  return { connected, routed: [...connected, ...routed], hasIpv6 }
}

import { join } from 'node:path'
import { LxworksError } from '../../core/errors.ts'
import type { Commands, Files } from '../../core/ports.ts'
import {
  APPLY,
  createLines,
  deleteLines,
  LIST_ADDRESSES,
  LIST_CHAINS,
  LIST_ROUTES,
  mendLines,
  NFT,
  NFT_CHECK,
  type ObservedLink,
  observedLinks,
  observedRoutes,
} from './commands.ts'
import { clearScript, DELETE_TABLE } from './firewall.ts'
import { firewallRefusal } from './firewall-refusals.ts'
import type { BridgePlan } from './plan.ts'

export interface HostPorts {
  readonly commands: Commands
  readonly files: Files
}

/** Makes or mends the link with its addresses and routes. */
export async function applyLink({ commands, files }: HostPorts, plan: BridgePlan): Promise<void> {
  const existing = await files.exists(linkDirectory(plan.name))
  if (existing && !(await isBridge(files, plan.name))) throw notABridge(plan.name)
  if (!existing) await commands.run(APPLY, { input: createLines(plan) })
  // Addresses come after: a host may have IPv6 off for links that it does not know yet.
  for (const [path, value] of plan.sysctls) await setting(files, path, value)
  const observed = existing ? await observe(commands, plan.name) : fresh(plan)
  await commands.run(APPLY, { input: mendLines(plan, observed) })
}

/** Takes the link away with all its addresses. Silent when it is gone. */
export async function removeLink({ commands, files }: HostPorts, name: string): Promise<void> {
  if (!(await isBridge(files, name))) return
  await commands.run(APPLY, { input: deleteLines(name) })
}

function linkDirectory(name: string): string {
  return join('/sys/class/net', name)
}

function isBridge(files: Files, name: string): Promise<boolean> {
  return files.exists(join(linkDirectory(name), 'bridge'))
}

/** Turns on forwarding for the whole host, as bridges that route need it. It is never turned off: others may have come to rely on it. */
export async function forward(files: Files, families: readonly (4 | 6)[]): Promise<void> {
  if (families.includes(4)) await setting(files, 'net/ipv4/ip_forward', '1')
  if (!families.includes(6)) return
  const all = 'net/ipv6/conf/all/forwarding'
  if ((await files.read(join('/proc/sys', all)))?.trim() === '1') return
  // A host that forwards takes no more routes from its routers, unless told to in so many words.
  for (const link of await files.list('/proc/sys/net/ipv6/conf')) {
    const path = `net/ipv6/conf/${link}/accept_ra`
    if ((await files.read(join('/proc/sys', path)))?.trim() === '1') await setting(files, path, '2')
  }
  await setting(files, all, '1')
}

/**
 * Has nft and the kernel look at a script without carrying it out. Refuses with kind `unavailable` where nft is not there
 * (`NETWORK_NO_FIREWALL`), may not change rules (`NETWORK_FIREWALL_DENIED`) or does not know one (`NETWORK_FIREWALL_REFUSED`).
 */
export async function checkFirewall({ commands }: HostPorts, script: string): Promise<void> {
  await nft(commands, NFT_CHECK, script)
}

/** Refuses as `checkFirewall` does. */
export async function applyFirewall({ commands }: HostPorts, script: string): Promise<void> {
  await nft(commands, NFT, script)
}

/**
 * Takes a bridge's chains away, and the table when nothing of anybody is left in it. nft cannot do the second only if the table is
 * empty: the caller sees to it that no chains are added meanwhile.
 */
export async function clearFirewall({ commands }: HostPorts, name: string): Promise<void> {
  await nft(commands, NFT, clearScript(name))
  const { stdout } = await commands.run(LIST_CHAINS)
  if (!/^\s*(chain|set|map) /m.test(stdout)) await nft(commands, NFT, DELETE_TABLE)
}

async function nft(
  commands: Commands,
  argv: typeof NFT | typeof NFT_CHECK,
  input: string,
): Promise<void> {
  await commands.run(argv, { input }).catch((error: unknown) => {
    throw firewallRefusal(error)
  })
}

async function observe(commands: Commands, name: string): Promise<Parameters<typeof mendLines>[1]> {
  const [addresses, routes] = await Promise.all([
    commands.run([...LIST_ADDRESSES, 'dev', name]),
    commands.run([...LIST_ROUTES, 'dev', name]),
  ])
  const link = observedLinks(addresses.stdout).find((one) => one.name === name)
  const here = observedRoutes(routes.stdout).map((route) => ({ ...route, link: name }))
  return { link: link ?? { name, hwaddr: '', mtu: 0, addresses: [] }, routes: here }
}

function fresh(plan: BridgePlan): { link: ObservedLink; routes: [] } {
  const { name, hwaddr, mtu } = plan
  return { link: { name, hwaddr, mtu, addresses: [] }, routes: [] }
}

/** Writes what is not so already: a setting may be read-only here and right all the same. */
async function setting(files: Files, path: string, value: string): Promise<void> {
  const file = join('/proc/sys', path)
  const before = await files.read(file)
  if (before === undefined || before.trim() === value) return
  await files.write(file, value)
}

function notABridge(name: string): LxworksError {
  return new LxworksError(
    `the host has an interface ${name} that is not a bridge; rename it or the network`,
    { kind: 'busy', code: 'NETWORK_LINK_TAKEN', context: { name } },
  )
}

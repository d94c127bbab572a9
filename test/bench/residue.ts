import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What a server leaves when it dies in the middle: removed, and named so that it is not overlooked. */
export async function sweep(place: string, bridges: readonly string[]): Promise<readonly string[]> {
  return [
    ...(await endProcesses(place)),
    ...(await unmountBelow(place)),
    ...(await removeBridges(bridges)),
    ...(await removeRules(bridges)),
  ]
}

async function endProcesses(place: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (!line.includes(`${place}/`) || Number(pid) === process.pid) continue
    found.push(`process ${pid}: ${line.replaceAll('\0', ' ').slice(0, 80)}`)
    process.kill(Number(pid), 'SIGKILL')
  }
  return found
}

/** The mounts that every server makes for itself are not worth a word. */
async function unmountBelow(place: string): Promise<readonly string[]> {
  const targets = (await readFile('/proc/self/mounts', 'utf8'))
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((target) => target.startsWith(`${place}/`))
  for (const target of targets.reverse()) await run('umount', ['--lazy', target])
  return targets
    .filter((target) => !/\/(devlxd|shmounts|guestapi)$/.test(target))
    .map((target) => `mount ${target}`)
}

async function removeBridges(bridges: readonly string[]): Promise<readonly string[]> {
  const links = await readdir('/sys/class/net')
  const left = bridges.filter((bridge) => links.includes(bridge))
  for (const bridge of left) await run('ip', ['link', 'delete', bridge])
  return left.map((bridge) => `link ${bridge}`)
}

/** Both servers keep their rules in chains named after the bridge, in tables that another LXD may use too. */
async function removeRules(bridges: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await run('nft', ['--json', 'list', 'ruleset'])
  const { nftables } = JSON.parse(stdout) as { readonly nftables: readonly Listed[] }
  const left = nftables
    .flatMap(({ chain }) => (chain === undefined ? [] : [chain]))
    .filter(({ name }) => bridges.some((bridge) => name.endsWith(`.${bridge}`)))
  for (const { family, table, name } of left) {
    await run('nft', ['delete', 'chain', family, table, name])
  }
  await removeEmptyTables(nftables.flatMap(({ table }) => table ?? []))
  return left.map(({ table, name }) => `nft chain ${table} ${name}`)
}

/** LXD leaves its table when the last bridge is gone, and makes it again when it needs it. */
async function removeEmptyTables(tables: readonly Table[]): Promise<void> {
  for (const { family, name } of tables.filter((each) => each.name === 'lxd')) {
    const { stdout } = await run('nft', ['list', 'table', family, name])
    if (!/chain|set|map/.test(stdout)) await run('nft', ['delete', 'table', family, name])
  }
}

interface Table {
  readonly family: string
  readonly name: string
}

interface Listed {
  readonly table?: Table
  readonly chain?: { readonly family: string; readonly table: string; readonly name: string }
}

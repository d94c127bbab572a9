import { readdir, readFile, readlink, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Link, Links } from '../ports.ts'

/** The links of this network namespace, read from sysfs. */
export class HostLinks implements Links {
  readonly #root: string

  constructor(root = '/sys/class/net') {
    this.#root = root
  }

  async list(): Promise<readonly Link[]> {
    const names = await readdir(this.#root)
    const links = await Promise.all(names.sort().map((name) => readLink(join(this.#root, name))))
    return links.filter((link) => link !== undefined)
  }
}

/** IFF_UP of linux/if.h. */
const UP = 1

/** Undefined when the link went away meanwhile, or is no link: `bonding_masters` lies here too. */
async function readLink(path: string): Promise<Link | undefined> {
  const value = async (name: string): Promise<string> =>
    (await readFile(join(path, name), 'utf8')).trim()
  try {
    const [index, hwaddr, mtu, flags] = await Promise.all(
      ['ifindex', 'address', 'mtu', 'flags'].map(value),
    )
    const [master, isBridge] = await Promise.all([masterOf(path), isThere(join(path, 'bridge'))])
    return {
      name: basename(path),
      index: Number(index),
      hwaddr: hwaddr ?? '',
      mtu: Number(mtu),
      up: (Number(flags) & UP) !== 0,
      isBridge,
      ...(master !== undefined && { master }),
    }
  } catch {
    return undefined
  }
}

function masterOf(path: string): Promise<string | undefined> {
  return readlink(join(path, 'master')).then(basename, () => undefined)
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

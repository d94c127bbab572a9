import { basename, dirname } from 'node:path'
import type { Files } from '../core/ports.ts'

/** What of a host's files its resources are read from. */
export type KernelFiles = Pick<Files, 'read' | 'readBytes' | 'list' | 'realPath'>

/** What the kernel shows of devices. What it does not tell, or cannot be read at the moment, is not there. */
export class Sysfs {
  readonly #files: KernelFiles

  constructor(files: KernelFiles) {
    this.#files = files
  }

  /** Without blanks around it; undefined for nothing. */
  async text(path: string): Promise<string | undefined> {
    const text = await quiet(this.#files.read(path))
    // Firmware pads with zeros what it does not fill.
    const plain = text?.replaceAll('\0', '').trim()
    return plain === '' ? undefined : plain
  }

  async bytes(path: string): Promise<Buffer | undefined> {
    return quiet(this.#files.readBytes(path))
  }

  /** Decimal, or hexadecimal after `0x`. */
  async number(path: string): Promise<number | undefined> {
    const number = Number(await this.text(path).then((text) => text ?? 'none'))
    return Number.isFinite(number) ? number : undefined
  }

  /** Four hexadecimal digits without `0x`, as ids of vendors and products are written. */
  async id(path: string): Promise<string | undefined> {
    return (await this.text(path))?.replace(/^0x/, '').toLowerCase()
  }

  /** Names in a directory, in their order. */
  async list(path: string): Promise<readonly string[]> {
    return (await quiet(this.#files.list(path))) ?? []
  }

  /** Names that are a word and a number, in the order of the numbers. */
  async numbered(path: string, word: string): Promise<readonly string[]> {
    const pattern = new RegExp(`^${word}\\d+$`)
    const names = (await this.list(path)).filter((name) => pattern.test(name))
    const number = (name: string): number => Number(name.slice(word.length))
    return names.sort((a, b) => number(a) - number(b))
  }

  /** Where a path leads; undefined where it leads nowhere. */
  async real(path: string): Promise<string | undefined> {
    return quiet(this.#files.realPath(path))
  }

  /** Last part of where a link leads, as for `driver` and `subsystem`. */
  async target(path: string): Promise<string | undefined> {
    const real = await this.real(path)
    return real === undefined ? undefined : basename(real)
  }

  /** The path and all above it that are devices, nearest first. */
  ancestors(path: string): readonly string[] {
    const parent = dirname(path)
    return path.startsWith('/sys/devices/') ? [path, ...this.ancestors(parent)] : []
  }
}

/** A device that is being unplugged, or a driver that refuses, is a device that tells nothing. */
async function quiet<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch {
    return undefined
  }
}

/** One member of a tar, as its maker wants it: nothing is checked, so that tests can write what no tar program would. */
export interface TarEntry {
  readonly name: string | Buffer
  /** The type flag of ustar: `0` file, `1` hard link, `2` symbolic link, `3` character device, `4` block device, `5` directory, `6` fifo. */
  readonly type?: string
  readonly data?: string | Buffer
  readonly link?: string
  readonly mode?: number
  readonly uid?: number
  readonly gid?: number
  /** What the header says instead of the length of `data`: a number, or the field's own text. */
  readonly size?: number | string
  readonly device?: readonly [major: number, minor: number]
  /** Records of a pax header in front of it. */
  readonly pax?: Readonly<Record<string, string | Buffer>>
}

const BLOCK = 512

export const file = (
  name: string | Buffer,
  data: string | Buffer = '',
  more: Partial<TarEntry> = {},
): TarEntry => ({ name, type: '0', data, ...more })

export const directory = (name: string, more: Partial<TarEntry> = {}): TarEntry => ({
  name: `${name}/`,
  type: '5',
  mode: 0o755,
  ...more,
})

export const symlink = (name: string, link: string): TarEntry => ({ name, type: '2', link })

export const hardlink = (name: string, link: string): TarEntry => ({ name, type: '1', link })

export const node = (
  name: string,
  type: 'block' | 'char',
  device: readonly [number, number],
): TarEntry => ({ name, type: type === 'block' ? '4' : '3', mode: 0o666, device })

/** A tar with its end mark. */
export function tar(...entries: readonly TarEntry[]): Buffer {
  return Buffer.concat([unended(...entries), Buffer.alloc(2 * BLOCK)])
}

/** The same without the end mark. */
export function unended(...entries: readonly TarEntry[]): Buffer {
  return Buffer.concat(entries.flatMap(blocks))
}

function blocks(entry: TarEntry): readonly Buffer[] {
  const data = Buffer.from(entry.data ?? '')
  const head = entry.pax === undefined ? [] : blocks(paxHeader(entry.pax))
  return [...head, header(entry, data.length), padded(data)]
}

function paxHeader(records: NonNullable<TarEntry['pax']>): TarEntry {
  const data = Buffer.concat(Object.entries(records).map(([key, value]) => record(key, value)))
  return { name: 'PaxHeader', type: 'x', data }
}

/** `<length> key=value\n`, where the length counts itself. */
function record(key: string, value: string | Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')])
  let length = rest.length
  while (String(length).length + rest.length !== length)
    length = String(length).length + rest.length
  return Buffer.concat([Buffer.from(String(length)), rest])
}

function header(entry: TarEntry, length: number): Buffer {
  const block = Buffer.alloc(BLOCK)
  const [major, minor] = entry.device ?? [0, 0]
  Buffer.from(entry.name).copy(block, 0, 0, 100)
  put(block, { at: 100, width: 8 }, entry.mode ?? 0o644)
  put(block, { at: 108, width: 8 }, entry.uid ?? 0)
  put(block, { at: 116, width: 8 }, entry.gid ?? 0)
  put(block, { at: 124, width: 12 }, entry.size ?? length)
  put(block, { at: 136, width: 12 }, 1_700_000_000)
  block.write('        ', 148)
  block.write(entry.type ?? '0', 156)
  block.write(entry.link ?? '', 157, 100)
  block.write('ustar\u000000', 257)
  put(block, { at: 329, width: 8 }, major)
  put(block, { at: 337, width: 8 }, minor)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148)
  return block
}

function put(
  block: Buffer,
  { at, width }: { readonly at: number; readonly width: number },
  value: number | string,
): void {
  const text = typeof value === 'string' ? value : value.toString(8).padStart(width - 1, '0')
  block.write(text, at, width, 'latin1')
}

function padded(data: Buffer): Buffer {
  return Buffer.concat([data, Buffer.alloc((BLOCK - (data.length % BLOCK)) % BLOCK)])
}

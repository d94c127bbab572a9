import { z } from 'zod'
import { LxworksError } from './errors.ts'

/** Programs by which LXD's users name a compression. Nothing is run by these names. */
export type CompressionAlgorithm = 'bzip2' | 'gzip' | 'lzma' | 'xz' | 'zstd' | 'squashfs' | 'none'

/** How something is compressed; without a level, as each does by itself. */
export interface Compression {
  readonly algorithm: CompressionAlgorithm
  readonly level?: number
}

/** The levels that each has. */
const LEVELS: Readonly<
  Record<CompressionAlgorithm, readonly [least: number, most: number] | undefined>
> = {
  bzip2: [1, 9],
  gzip: [1, 9],
  lzma: [0, 9],
  xz: [0, 9],
  zstd: [1, 19],
  squashfs: undefined,
  none: undefined,
}

/** `gzip`, or with a level `gzip -9`. Everything else that a command line could hold is refused. */
export function parseCompression(text: string): Compression {
  const [, word = '', digits] = /^([a-z0-9]+)(?: -(\d{1,2}))?$/.exec(text) ?? []
  if (!Object.hasOwn(LEVELS, word)) throw refused(text)
  const algorithm = word as CompressionAlgorithm
  if (digits === undefined) return { algorithm }
  const [least, most] = LEVELS[algorithm] ?? [1, 0]
  const level = Number(digits)
  if (level < least || level > most) throw refused(text)
  return { algorithm, level }
}

/** A configuration key's value. */
export const compressionText = z.string().refine(
  (text) => {
    try {
      parseCompression(text)
      return true
    } catch {
      return false
    }
  },
  `expected one of ${Object.keys(LEVELS).join(', ')}, or one of these with a level such as gzip -9`,
)

function refused(text: string): LxworksError {
  const known = Object.entries(LEVELS).map(([name, levels]) =>
    levels ? `${name} (-${levels[0]} to -${levels[1]})` : name,
  )
  return new LxworksError(
    `Invalid compression algorithm ${JSON.stringify(text.slice(0, 80))}; use ${known.join(', ')}`,
    { kind: 'invalid', code: 'CORE_BAD_COMPRESSION' },
  )
}

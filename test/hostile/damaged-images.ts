import { createHash } from 'node:crypto'
import { file, tar } from '../host/tar-file.ts'
import type { Codec } from './codecs.ts'
import {
  HARMLESS,
  type HostileImage,
  images,
  METADATA,
  NOT_AN_IMAGE,
  NOT_READ,
  NOT_UNPACKED,
  type Outcome,
  ROOT,
} from './image-file.ts'

const MIB = 1024 ** 2
/** No codec makes it smaller: the middle of what comes of it is in the middle of the content. */
const NOISE = Buffer.concat(
  Array.from({ length: 4000 }, (_, at) => createHash('sha256').update(String(at)).digest()),
)
const TEXT = Buffer.from('This is no image. '.repeat(100))
const ZEROS = Buffer.alloc(10_240)

type Damage = (whole: Buffer) => Buffer

/** What may be wrong with how an image is compressed: the one file of it, or the second of two. */
export function damagedImages({ compress, hasParts, refuses }: Codec): readonly HostileImage[] {
  const unified = tar(METADATA, ROOT, file('rootfs/noise', NOISE))
  const rootfs = tar(file('noise', NOISE))
  const metadata = compress(tar(METADATA))
  const both = (outcome: Outcome, what: string, damage: Damage): readonly HostileImage[] =>
    images(outcome, {
      [what]: [damage(compress(unified))],
      [`${what}, beside its metadata`]: [metadata, damage(compress(rootfs))],
    })
  const behind = (what: 'text' | 'zeros', tail: Buffer): readonly HostileImage[] =>
    both(refuses.includes(what) ? NOT_READ : HARMLESS, `with ${what} behind its end`, (whole) =>
      Buffer.concat([whole, tail]),
    )
  const parts = Buffer.concat([
    compress(unified.subarray(0, 50_000)),
    compress(unified.subarray(50_000)),
  ])
  return [
    ...both(NOT_READ, 'cut off at its end', (whole) => whole.subarray(0, -9)),
    ...both(NOT_READ, 'cut off in the middle', (whole) => whole.subarray(0, whole.length / 2)),
    ...both(NOT_READ, 'with bytes that changed', changed),
    ...images(NOT_AN_IMAGE, { 'cut off in its header': [compress(unified).subarray(0, 7)] }),
    ...behind('text', TEXT),
    ...behind('zeros', ZEROS),
    ...images(hasParts ? HARMLESS : NOT_READ, { 'that comes in two parts': [parts] }),
    ...bombs(compress),
  ]
}

function changed(whole: Buffer): Buffer {
  const damaged = Buffer.from(whole)
  damaged.write('changed', Math.floor(damaged.length / 2))
  return damaged
}

function bombs(compress: Codec['compress']): readonly HostileImage[] {
  const zeros = Buffer.alloc(60 * MIB)
  return [
    ...images(NOT_UNPACKED, {
      'that holds a thousand times its size': [
        compress(tar(METADATA, ROOT, file('rootfs/a', zeros))),
      ],
      'that holds a thousand times its size, beside its metadata': [
        ...([compress(tar(METADATA)), compress(tar(file('a', zeros)))] as const),
      ],
    }),
    ...images(NOT_READ, {
      'that goes on for long behind its end mark': [
        compress(Buffer.concat([tar(METADATA, ROOT), Buffer.alloc(80 * MIB)])),
      ],
    }),
  ]
}

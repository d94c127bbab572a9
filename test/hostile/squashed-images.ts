import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { file, node, symlink, type TarEntry, tar } from '../host/tar-file.ts'
import {
  BAD_CONTENT,
  BAD_METADATA,
  HARMLESS,
  type HostileImage,
  images,
  METADATA,
  NOT_FILLED,
  NOT_READ,
  NOT_UNPACKED,
  type Outcome,
  ROOT,
} from './image-file.ts'

const MIB = 1024 ** 2
/** Does not become smaller: half of what comes of it is half of it. */
const NOISE = Buffer.concat(
  Array.from({ length: 1000 }, (_, at) => createHash('sha256').update(String(at)).digest()),
)
const TAIL = Buffer.from('This is no image. '.repeat(500))

/** Images that are a squashfs as a whole, or have one beside their metadata; they reach for a directory `outside`. */
export function squashedImages(outside: string): readonly HostileImage[] {
  const whole = squashed(METADATA, ROOT, file('rootfs/first', NOISE), named('rootfs'))
  const rootfs = squashed(file('first', NOISE), named('.'))
  const both = (outcome: Outcome, what: string, damage: (whole: Buffer) => Buffer) =>
    images(outcome, {
      [what]: [damage(whole)],
      [`${what}, beside its metadata`]: [tar(METADATA), damage(rootfs)],
    })
  return [
    ...both(NOT_READ, 'cut off in the middle', (all) =>
      all.subarray(0, Math.floor(all.length / 2)),
    ),
    ...both(NOT_READ, 'cut off in its header', (all) => all.subarray(0, 50)),
    ...both(HARMLESS, 'that says it has four billion inodes', (all) => written(all, 4, 0xffffffff)),
    ...both(NOT_READ, 'whose tables lie outside', (all) => written(all, 72, 0x7fffffff)),
    ...both(NOT_READ, 'with .. for a name', (all) => renamed(all, '..')),
    ...both(NOT_READ, 'with a name that has a slash', (all) => renamed(all, '/x')),
    ...both(HARMLESS, 'with text behind its end', (all) => Buffer.concat([all, TAIL])),
    ...reaching(outside),
  ]
}

function reaching(outside: string): readonly HostileImage[] {
  const secret = `${outside}/secret`
  const zeros = Buffer.alloc(60 * MIB)
  return [
    ...images(HARMLESS, {
      'links that lead outside': [
        squashed(METADATA, ROOT, symlink('rootfs/l', secret), symlink('rootfs/m', outside)),
      ],
      devices: [
        squashed(
          METADATA,
          ROOT,
          node('rootfs/disk', 'block', [7, 0]),
          node('rootfs/mem', 'char', [1, 1]),
        ),
      ],
      'more at its top than an image has': [
        squashed(METADATA, ROOT, symlink('backup.yaml', secret), symlink('exec-output', outside)),
      ],
    }),
    ...images(NOT_FILLED, {
      'a rootfs that is a link': [squashed(METADATA, symlink('rootfs', outside))],
      'a rootfs that is a file': [squashed(METADATA, file('rootfs', 'x'))],
    }),
    ...images(BAD_METADATA, {
      'a metadata.yaml that is a link': [squashed(symlink('metadata.yaml', secret), ROOT)],
      'no metadata.yaml': [squashed(ROOT)],
    }),
    ...images(BAD_CONTENT, {
      'templates that are a link': [squashed(METADATA, ROOT, symlink('templates', outside))],
    }),
    ...images(NOT_UNPACKED, {
      'that holds a thousand times its size': [squashed(METADATA, ROOT, file('rootfs/a', zeros))],
      'that holds a thousand times its size, beside its metadata': [
        tar(METADATA),
        squashed(file('a', zeros)),
      ],
    }),
  ]
}

/** Is found again in what comes of it, and is as long as `..`. */
const MARK = '\u0001\u0002'

function named(parent: string): TarEntry {
  return file(`${parent}/${MARK}`, 'written by the image')
}

function renamed(all: Buffer, name: string): Buffer {
  const damaged = Buffer.from(all)
  const at = damaged.lastIndexOf(MARK)
  if (at < 0) throw new Error('the squashfs does not hold the name as it is')
  damaged.write(name, at)
  return damaged
}

function written(all: Buffer, at: number, value: number): Buffer {
  const damaged = Buffer.from(all)
  damaged.writeUInt32LE(value, at)
  return damaged
}

/** With tables that are not compressed. */
function squashed(...entries: readonly TarEntry[]): Buffer {
  const place = mkdtempSync(`${tmpdir()}/lxworks-squashed-`)
  try {
    const argv = ['-quiet', '-no-progress', '-noI', '-noX', `${place}/image`]
    execFileSync('sqfstar', argv, { input: tar(...entries), stdio: ['pipe', 'ignore', 'inherit'] })
    return readFileSync(`${place}/image`)
  } finally {
    rmSync(place, { recursive: true })
  }
}

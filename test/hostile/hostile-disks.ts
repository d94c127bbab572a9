import { file, tar } from '../host/tar-file.ts'
import {
  type HostileImage,
  type ImageFiles,
  images,
  METADATA,
  NOT_AN_IMAGE,
  ROOT,
} from './image-file.ts'

const CLUSTER = 65_536

type Change = (disk: Buffer) => void

/** A sound qcow2 of version 3 with nothing on it: header, refcount table and block, and an L1 table. */
export function disk(change: Change = () => undefined, clusters = 4): Buffer {
  const made = Buffer.alloc(clusters * CLUSTER)
  made.write('QFI\xfb', 'latin1')
  made.writeUInt32BE(3, 4)
  made.writeUInt32BE(16, 20)
  made.writeBigUInt64BE(64n * 1024n ** 2n, 24)
  made.writeUInt32BE(1, 36)
  made.writeBigUInt64BE(BigInt(3 * CLUSTER), 40)
  made.writeBigUInt64BE(BigInt(CLUSTER), 48)
  made.writeUInt32BE(1, 56)
  made.writeUInt32BE(4, 96)
  made.writeUInt32BE(104, 100)
  change(made)
  return made
}

/** As the second file of a split image, and as the `rootfs.img` of a unified one. */
function bothForms(what: string, content: Buffer): Readonly<Record<string, ImageFiles>> {
  return {
    [`split: ${what}`]: [tar(METADATA), content],
    [`unified: ${what}`]: [tar(METADATA, file('rootfs.img', content))],
  }
}

export function withoutFault(): readonly { readonly what: string; readonly files: ImageFiles }[] {
  const sound = { ...bothForms('version 3', disk()), ...bothForms('version 2', disk(asVersion2)) }
  return Object.entries(sound).map(([what, files]) => ({ what, files }))
}

function asVersion2(made: Buffer): void {
  made.writeUInt32BE(2, 4)
  made.fill(0, 72, 104)
}

/** Disks that lead to files of the host, or are none. */
export function hostileDisks(outside: string): readonly HostileImage[] {
  const secret = Buffer.from(`${outside}/secret`)
  const backed: Change = (made) => {
    made.writeBigUInt64BE(512n, 8)
    made.writeUInt32BE(secret.length, 16)
    secret.copy(made, 512)
  }
  const extension =
    (kind: number): Change =>
    (made) => {
      made.writeUInt32BE(kind, 104)
      made.writeUInt32BE(secret.length, 108)
      secret.copy(made, 112)
    }
  const changes: Readonly<Record<string, Change>> = {
    'a backing file': backed,
    'a backing file in version 2': (made) => {
      asVersion2(made)
      backed(made)
    },
    'a backing file whose name has no length': (made) => made.writeBigUInt64BE(512n, 8),
    'a backing file that lies nowhere': (made) => made.writeUInt32BE(9, 16),
    'data in another file': (made) => made.writeBigUInt64BE(4n, 72),
    'the name of another file with data': extension(0x44415441),
    'the name of another file behind other extensions': (made) => {
      made.writeUInt32BE(0x6803f857, 104)
      made.writeUInt32BE(48, 108)
      made.writeUInt32BE(0x44415441, 160)
    },
    encryption: (made) => made.writeUInt32BE(2, 32),
    'a feature that nobody knows': (made) => made.writeBigUInt64BE(1n << 40n, 72),
    'a mark of corruption': (made) => made.writeBigUInt64BE(2n, 72),
    'version 9': (made) => made.writeUInt32BE(9, 4),
    'clusters of 2 GB': (made) => made.writeUInt32BE(31, 20),
    'a size of 16 EB': (made) => made.writeBigUInt64BE(2n ** 64n - 1n, 24),
    'no size': (made) => made.writeBigUInt64BE(0n, 24),
    'a table too small for its size': (made) => made.writeUInt32BE(0, 36),
    'a table far behind its end': (made) => made.writeBigUInt64BE(2n ** 60n, 40),
    'a header of 4 GB': (made) => made.writeUInt32BE(0xfffffff8, 100),
    'an extension of 4 GB': (made) => made.writeBigUInt64BE(0x6803f857fffffff8n, 104),
  }
  const broken = Object.entries(changes).map(([what, change]) => bothForms(what, disk(change)))
  return images(NOT_AN_IMAGE, {
    ...Object.assign({}, ...broken),
    ...bothForms('cut off', disk().subarray(0, 3 * CLUSTER)),
    ...bothForms('cut off in its header', disk().subarray(0, 60)),
    'unified: text for a disk': [tar(METADATA, file('rootfs.img', 'x'.repeat(1000)))],
    'unified: both a disk and a tree': [tar(METADATA, ROOT, file('rootfs.img', disk()))],
    'unified: two disks': [
      tar(METADATA, file('rootfs.img', disk()), file('rootfs.img', disk(backed))),
    ],
  })
}

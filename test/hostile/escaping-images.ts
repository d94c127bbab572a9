import { directory, file, hardlink, node, symlink, tar } from '../host/tar-file.ts'
import {
  BAD_CONTENT,
  BAD_METADATA,
  HARMLESS,
  type HostileImage,
  images,
  imagesWith,
  METADATA,
  NOT_FILLED,
  NOT_READ,
  NOT_UNPACKED,
  named,
} from './image-file.ts'

const EVIL = 'written by the image'

/** Images that reach for a directory `outside`, in which there is a file `secret`. */
export function escapingImages(outside: string): readonly HostileImage[] {
  const secret = `${outside}/secret`
  const up = `${'../'.repeat(20)}${outside.slice(1)}`
  const link = symlink('rootfs/l', outside)
  const toSecret = symlink('rootfs/l', secret)
  return [
    ...imagesWith(NOT_READ, {
      'a name with ..': [named(`rootfs/${up}/new`, {}, EVIL)],
      'a name that begins with ..': [named(`${up}/new`, {}, EVIL)],
      'a rootfs that becomes a link': [symlink('rootfs', outside), file('rootfs/new', EVIL)],
    }),
    ...imagesWith(
      { ...BAD_METADATA, unpacked: NOT_UNPACKED },
      {
        'a metadata.yaml that becomes a link': [symlink('metadata.yaml', secret)],
      },
    ),
    ...imagesWith(NOT_UNPACKED, {
      'a name through a link': [link, file('rootfs/l/new', EVIL)],
      'a name through a link to ..': [symlink('rootfs/l', '../../..'), file('rootfs/l/new', EVIL)],
      'a file over a link to a file': [toSecret, file('rootfs/l', EVIL)],
      'a file over a dangling link': [
        symlink('rootfs/l', `${outside}/new`),
        file('rootfs/l', EVIL),
      ],
      'a directory over a link': [link, directory('rootfs/l', { mode: 0o777 })],
      'a link over a directory': [directory('rootfs/l'), link, file('rootfs/l/new', EVIL)],
      'a hard link to a file outside': [named('rootfs/h', { linkpath: secret })].map(hard),
      'a hard link with ..': [named('rootfs/h', { linkpath: `rootfs/${up}/secret` })].map(hard),
      'a hard link through a link': [link, hardlink('rootfs/h', 'rootfs/l/secret')],
      'a hard link to nothing': [hardlink('rootfs/h', '')],
      'a hard link to a directory': [hardlink('rootfs/h', 'rootfs')],
      'a file over a hard link to a link': [
        ...[toSecret, hardlink('rootfs/h', 'rootfs/l'), file('rootfs/h', EVIL)],
      ],
    }),
    ...images(NOT_UNPACKED, {
      'a split rootfs whose top is a link': [tar(METADATA), tar(symlink('./', outside))],
    }),
    ...images(NOT_FILLED, {
      'a rootfs that is a link': [tar(METADATA, symlink('rootfs', outside))],
      'a rootfs that is a file': [tar(METADATA, file('rootfs', EVIL))],
    }),
    ...imagesWith(BAD_CONTENT, { 'templates that are a link': [symlink('templates', outside)] }),
    ...harmless(outside),
  ]
}

function hard(entry: ReturnType<typeof named>) {
  return { ...entry, type: '1', link: 'shortened' }
}

function harmless(outside: string): readonly HostileImage[] {
  const secret = `${outside}/secret`
  return [
    ...imagesWith(HARMLESS, {
      'an absolute name': [named(`${outside}/new`, {}, EVIL)],
      'links that lead outside': [
        { ...symlink('rootfs/l', secret), mode: 0o4777, uid: 12 },
        { ...symlink('rootfs/m', outside), mode: 0o4777, uid: 12 },
      ],
      'more at its top than an image has': [
        ...[symlink('backup.yaml', secret), symlink('exec-output', outside)],
      ],
      'a top that is a link': [symlink('.', outside)],
      devices: [node('rootfs/disk', 'block', [7, 0]), node('rootfs/mem', 'char', [1, 1])],
    }),
    ...images(HARMLESS, {
      'a rootfs link in the metadata of a split image': [
        ...([tar(METADATA, symlink('rootfs', outside)), tar(file('new', EVIL))] as const),
      ],
    }),
  ]
}

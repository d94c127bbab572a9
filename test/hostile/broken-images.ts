import { gzipSync } from 'node:zlib'
import {
  directory,
  file,
  hardlink,
  node,
  symlink,
  type TarEntry,
  tar,
  unended,
} from '../host/tar-file.ts'
import {
  BAD_METADATA,
  type HostileImage,
  images,
  METADATA,
  NOT_AN_IMAGE,
  NOT_FILLED,
  NOT_READ,
  ROOT,
} from './image-file.ts'

const TEXT = 'This is no image.\n'.repeat(100)

/** Not what they should be, by accident or not. */
export function brokenImages(): readonly HostileImage[] {
  const whole = gzipSync(tar(METADATA, ROOT, file('rootfs/large', Buffer.alloc(200_000, 'x'))))
  const open = unended(METADATA, ROOT, file('rootfs/a', 'x'.repeat(5000)))
  const damaged = tar(METADATA, ROOT, file('rootfs/a', 'a'), file('rootfs/b', 'b'))
  damaged.write('broken', damaged.length - 2048 + 148)
  return [
    ...images(NOT_AN_IMAGE, {
      nothing: [Buffer.alloc(0)],
      text: [Buffer.from(TEXT)],
      'a gzip of text': [gzipSync(TEXT)],
      'a gzip cut off before the metadata': [whole.subarray(0, 60)],
      'a tar cut off in its first header': [open.subarray(0, 300)],
      'a rootfs that is text': [tar(METADATA), Buffer.from(TEXT)],
    }),
    ...images(NOT_READ, {
      'a gzip cut off at its end': [whole.subarray(0, -100)],
      'a tar cut off in a file': [open.subarray(0, -3000)],
      'a tar cut off between two files': [open],
      'a tar with a damaged header': [damaged],
      'a squashfs that is none': [tar(METADATA), Buffer.from(`hsqs${TEXT}`)],
    }),
    ...images(NOT_FILLED, { 'no rootfs': [tar(METADATA)] }),
  ]
}

/** Whose metadata.yaml is none, or says what no image should. */
export function imagesWithBadMetadata(outside: string): readonly HostileImage[] {
  const entry = (type: string, more: Partial<TarEntry> = {}): readonly [Buffer] => [
    tar({ name: 'metadata.yaml', type, ...more }, ROOT),
  ]
  const text = (content: string | Buffer): readonly [Buffer] => [
    tar(file('metadata.yaml', content), ROOT),
  ]
  const good = 'architecture: x86_64\ncreation_date: 1\n'
  return images(BAD_METADATA, {
    'no metadata.yaml': [tar(ROOT)],
    'a metadata.yaml further down': [tar(directory('x'), file('x/metadata.yaml', good), ROOT)],
    'for a metadata.yaml a link to a file outside': [
      tar(symlink('metadata.yaml', `${outside}/secret`)),
    ],
    'for a metadata.yaml a hard link to a file outside': [
      tar(hardlink('metadata.yaml', `${outside}/secret`)),
    ],
    'for a metadata.yaml a fifo': entry('6'),
    'for a metadata.yaml a device': [tar(node('metadata.yaml', 'char', [1, 5]))],
    'for a metadata.yaml a directory': entry('5'),
    'a metadata.yaml that says it has 8 EB': entry('0', { size: `\x80\0\0\0${'\x7f'.repeat(8)}` }),
    'a metadata.yaml of 100 MB': text(Buffer.alloc(100 * 1024 ** 2, '#')),
    'an empty metadata.yaml': text(''),
    'an alias bomb': text(`${good}properties: &a\n  x: [*a, *a]\n`),
    'brackets without end': text('{'.repeat(100_000)),
    'no architecture': text('creation_date: 1\n'),
    'a list for an architecture': text('architecture: [x86_64]\ncreation_date: 1\n'),
    'no date': text('architecture: x86_64\n'),
    'properties that are a list': text(`${good}properties: [1]\n`),
    'a property that is a map': text(`${good}properties: {a: {b: c}}\n`),
    'templates that are text': text(`${good}templates: x\n`),
    'bytes that are no text': text(Buffer.from([0xff, 0xfe, 0, 1])),
  })
}

import { file } from '../host/tar-file.ts'
import { type HostileImage, imagesWith, NOT_READ, NOT_UNPACKED, named } from './image-file.ts'

const SPARSE = {
  'GNU.sparse.major': '1',
  'GNU.sparse.minor': '0',
  'GNU.sparse.name': 'rootfs/s',
  'GNU.sparse.realsize': '10',
}

/** Numbers and names that nothing has, for whoever reads them without looking. */
export function nonsenseImages(): readonly HostileImage[] {
  const map = '1\n9223372036854775807\n100\n'.padEnd(512, '\0')
  return [
    ...imagesWith(NOT_READ, {
      'a size below zero': [file('rootfs/a', 'x', { size: '\xff'.repeat(12) })],
      'a size beyond the end': [file('rootfs/a', 'x', { size: 1_000_000 })],
      'a size that no file has': [file('rootfs/a', 'x', { size: `\x80\0\0\0${'\x7f'.repeat(8)}` })],
      'an extended header that says it has 4 GB': [
        { name: 'x', type: 'x', size: 2 ** 32, data: 'x' },
      ],
      'a long name that says it has 4 GB': [{ name: 'x', type: 'L', size: 2 ** 32, data: 'x' }],
      'a sparse map that leaves its file': [file('x', map, { pax: SPARSE })],
      'a name 300 directories deep': [named(`rootfs/${'d/'.repeat(300)}a`)],
      'a path of 6 KB': [named(`rootfs/${`${'n'.repeat(250)}/`.repeat(24)}a`)],
      'a name with line breaks and escapes': [named(`rootfs/\n\u001b[2J${'../'.repeat(3)}`)],
    }),
    ...imagesWith(NOT_UNPACKED, {
      'an owner that is no id': [named('rootfs/a', { uid: '4294967295' })],
      'an attribute too large for any file': [
        named('rootfs/a', { 'SCHILY.xattr.user.a': 'x'.repeat(100_000) }),
      ],
      'capabilities that are none': [
        named('rootfs/a', { 'SCHILY.xattr.security.capability': 'x'.repeat(20) }),
      ],
    }),
  ]
}

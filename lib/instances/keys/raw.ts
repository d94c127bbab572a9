import type { KeyTable } from '../../core/config.ts'
import { text } from '../../core/value-types.ts'
import { idmapLines } from './types.ts'

/** Text for other programs, without promise of safety. */
export const rawKeys = {
  'raw.apparmor': {
    type: text,
    description: 'AppArmor rules appended to the generated profile',
    live: 'now',
    missing: 'AppArmor profiles are not made yet',
  },
  'raw.idmap': {
    type: idmapLines,
    description:
      'Raw id map lines such as "both 1000 1000"; "<uid|gid|both> <host>[-<host>] <inside>[-<inside>]", ranges of equal size',
    live: 'next start',
    extensions: ['id_map'],
  },
  'raw.lxc': {
    type: text,
    description: 'LXC configuration appended to the generated one',
    live: 'next start',
    only: 'container',
  },
  'raw.qemu': {
    type: text,
    description: 'Arguments appended to the generated QEMU command line',
    live: 'next start',
    only: 'virtual-machine',
    missing: 'virtual machines are not available yet',
  },
  'raw.seccomp': {
    type: text,
    description: 'Raw seccomp policy',
    live: 'next start',
    only: 'container',
  },
} as const satisfies KeyTable

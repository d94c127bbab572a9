import type { KeyTable } from '../../core/config.ts'
import { absolutePath, integerBetween, matching } from '../../core/value-types.ts'
import { splitWords } from '../words.ts'
import { line } from './types.ts'

const LARGEST_ID = 4_294_967_294

const id = integerBetween(0, LARGEST_ID)

const command = line.refine((value) => {
  try {
    return splitWords(value).length > 0
  } catch {
    return false
  }
}, 'expected a command, whose quotes are closed')

/** What an application's container runs. Beyond LXD 5.2; Incus has the first four. Taken from the image where nothing else is set. */
export const ociKeys = {
  'oci.entrypoint': {
    type: command,
    description:
      'Command that an application container runs: words divided by blanks, with quotes as in a shell (beyond LXD 5.2, as in Incus)',
    live: 'next start',
    only: 'container',
  },
  'oci.cwd': {
    type: absolutePath.and(line),
    description:
      'Working directory of the command of an application container, made when absent (beyond LXD 5.2, as in Incus)',
    default: '/',
    live: 'next start',
    only: 'container',
  },
  'oci.uid': {
    type: id,
    description:
      'User, in numbers of the container, that runs the command of an application container (beyond LXD 5.2, as in Incus)',
    default: '0',
    live: 'next start',
    only: 'container',
  },
  'oci.gid': {
    type: id,
    description:
      'Group, in numbers of the container, that runs the command of an application container (beyond LXD 5.2, as in Incus)',
    default: '0',
    live: 'next start',
    only: 'container',
  },
  'oci.stop_signal': {
    type: matching(/^(?:SIG)?[A-Z]{2,8}\d?(?:[+-]\d{1,2})?$|^\d{1,2}$/, 'a signal such as SIGTERM'),
    description: 'Signal that asks the command of an application container to end (beyond LXD 5.2)',
    default: 'SIGTERM',
    live: 'now',
    only: 'container',
  },
} as const satisfies KeyTable

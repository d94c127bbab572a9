import { constants } from 'node:fs'
import type { LinuxConstant } from './native.ts'

/** What the headers of this architecture say. */
export const LINUX_CONSTANTS: Readonly<Record<LinuxConstant, number>> = Object.freeze({
  O_RDONLY: constants.O_RDONLY,
  O_WRONLY: constants.O_WRONLY,
  O_RDWR: constants.O_RDWR,
  O_CREAT: constants.O_CREAT,
  O_EXCL: constants.O_EXCL,
  O_TRUNC: constants.O_TRUNC,
  O_APPEND: constants.O_APPEND,
  O_NOFOLLOW: constants.O_NOFOLLOW,
  O_DIRECTORY: constants.O_DIRECTORY,
  O_PATH: 0o10000000,
  O_NONBLOCK: constants.O_NONBLOCK,
  O_CLOEXEC: 0o2000000,
  RESOLVE_NO_XDEV: 1,
  RESOLVE_NO_MAGICLINKS: 2,
  RESOLVE_NO_SYMLINKS: 4,
  RESOLVE_BENEATH: 8,
  RESOLVE_IN_ROOT: 16,
  MS_RDONLY: 1,
  MS_NOSUID: 2,
  MS_NODEV: 4,
  MS_NOEXEC: 8,
  MS_REMOUNT: 32,
  MS_BIND: 4096,
  MS_REC: 16_384,
  MS_PRIVATE: 1 << 18,
  MS_SLAVE: 1 << 19,
  MS_SHARED: 1 << 20,
})

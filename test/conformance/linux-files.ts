import assert from 'node:assert/strict'
import type { LinuxNative } from '../../bindings/linux/native.ts'
import type { LinuxRule, LinuxSubject } from './linux-subject.ts'

const CANNOT = -1

/** Runs a call that must throw as the kernel's own failures do. */
function refused(code: string, syscall: string, call: () => unknown): void {
  assert.throws(call, (error: NodeJS.ErrnoException) => {
    assert.deepEqual([error.code, error.syscall], [code, syscall])
    assert.ok((error.errno ?? 0) < 0, 'errno is a negative number')
    return error instanceof Error
  })
}

function unfit(call: () => unknown): void {
  assert.throws(call, { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
}

/** An open that stays beneath its directory. */
function beneath(linux: LinuxNative, flags = linux.constants.O_RDONLY) {
  return { flags, resolve: linux.constants.RESOLVE_BENEATH }
}

function text(subject: LinuxSubject, fd: number): string {
  const found = subject.read(fd)
  subject.linux.close(fd)
  return found
}

const TREE = {
  'dir/': '',
  'dir/file': 'inside',
  'dir/up': '-> ../top',
  top: 'top',
  near: '-> dir/file',
  out: '-> ../../../../../../etc/passwd',
  absolute: '-> /dir/file',
  loop: '-> loop',
}

const opening: readonly LinuxRule[] = [
  {
    name: 'a file is opened by its path below a directory',
    run: (subject) => {
      const { fd } = subject.directory(TREE)
      const { linux } = subject
      assert.equal(text(subject, linux.openat2(fd, 'dir/file', beneath(linux))), 'inside')
      assert.equal(text(subject, linux.openat2(fd, './dir//../dir/file', beneath(linux))), 'inside')
      assert.equal(text(subject, linux.openat2(fd, 'dir/up', beneath(linux))), 'top')
      linux.close(fd)
    },
  },
  {
    name: 'no path leads outside',
    run: ({ linux, directory }) => {
      const { fd } = directory(TREE)
      for (const path of ['..', '../x', 'dir/../../x', '/dir/file', 'out', 'absolute', 'out/x'])
        refused('EXDEV', 'openat2', () => linux.openat2(fd, path, beneath(linux)))
      linux.close(fd)
    },
  },
  {
    name: 'with a directory as root, what leads outside leads to the root',
    run: (subject) => {
      const { linux } = subject
      const { fd } = subject.directory(TREE)
      const how = { flags: linux.constants.O_RDONLY, resolve: linux.constants.RESOLVE_IN_ROOT }
      for (const path of ['../../dir/file', '/dir/file', 'absolute'])
        assert.equal(text(subject, linux.openat2(fd, path, how)), 'inside')
      refused('ENOENT', 'openat2', () => linux.openat2(fd, 'out', how))
      linux.close(fd)
    },
  },
  {
    name: 'links can be refused anywhere on the way, and at the end alone',
    run: (subject) => {
      const { linux } = subject
      const { RESOLVE_NO_SYMLINKS, O_RDONLY, O_NOFOLLOW } = linux.constants
      const { fd } = subject.directory({ ...TREE, way: '-> dir' })
      const none = { flags: O_RDONLY, resolve: RESOLVE_NO_SYMLINKS }
      for (const path of ['near', 'way/file', 'loop'])
        refused('ELOOP', 'openat2', () => linux.openat2(fd, path, none))
      const end = { flags: O_RDONLY | O_NOFOLLOW }
      refused('ELOOP', 'openat2', () => linux.openat2(fd, 'near', end))
      assert.equal(text(subject, linux.openat2(fd, 'way/file', end)), 'inside')
      refused('ELOOP', 'openat2', () => linux.openat2(fd, 'loop', { flags: O_RDONLY }))
      linux.close(fd)
    },
  },
  {
    name: 'what is not there, or is something else, is refused',
    run: ({ linux, directory }) => {
      const { fd } = directory(TREE)
      const { O_RDONLY, O_WRONLY, O_DIRECTORY } = linux.constants
      const open = (path: string, flags = O_RDONLY) => linux.openat2(fd, path, { flags })
      refused('ENOENT', 'openat2', () => open('nope'))
      refused('ENOENT', 'openat2', () => open(''))
      refused('ENOENT', 'openat2', () => open('nope/file'))
      refused('ENOTDIR', 'openat2', () => open('top/file'))
      refused('ENOTDIR', 'openat2', () => open('top', O_DIRECTORY))
      refused('EISDIR', 'openat2', () => open('dir', O_WRONLY))
      refused('ENAMETOOLONG', 'openat2', () => open('x'.repeat(256)))
      assert.throws(() => open('dir/nope'), { path: 'dir/nope' })
      linux.close(fd)
    },
  },
  {
    name: 'a directory can be opened, and paths go on from there',
    run: (subject) => {
      const { linux } = subject
      const { fd, path } = subject.directory(TREE)
      const { O_DIRECTORY, O_PATH } = linux.constants
      const inner = linux.openat2(fd, 'dir', beneath(linux, O_DIRECTORY | O_PATH))
      assert.equal(text(subject, linux.openat2(inner, 'file', beneath(linux))), 'inside')
      refused('EXDEV', 'openat2', () => linux.openat2(inner, 'up', beneath(linux)))
      const whole = linux.openat2(fd, `${path}/dir/file`, { flags: linux.constants.O_RDONLY })
      assert.equal(text(subject, whole), 'inside')
      linux.close(inner)
      linux.close(fd)
    },
  },
  {
    name: 'a file is made, made only once, cut and appended to',
    run: (subject) => {
      const { linux } = subject
      const { O_WRONLY, O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_RDONLY } = linux.constants
      const { fd } = subject.directory()
      const put = (flags: number, words: string) => {
        const file = linux.openat2(fd, 'new', {
          flags: O_WRONLY | flags,
          ...(flags & O_CREAT && { mode: 0o600 }),
        })
        subject.write(file, words)
        linux.close(file)
        return text(subject, linux.openat2(fd, 'new', { flags: O_RDONLY }))
      }
      assert.equal(put(O_CREAT | O_EXCL, 'longer'), 'longer')
      refused('EEXIST', 'openat2', () => put(O_CREAT | O_EXCL, 'x'))
      assert.equal(put(O_APPEND, '+'), 'longer+')
      assert.equal(put(0, 'L'), 'Longer+')
      assert.equal(put(O_CREAT | O_TRUNC, 'short'), 'short')
      linux.close(fd)
    },
  },
  {
    name: 'bits that the kernel does not know are refused',
    run: ({ linux, directory }) => {
      const { fd } = directory(TREE)
      refused('EINVAL', 'openat2', () => linux.openat2(fd, 'top', { flags: 0, resolve: 1 << 20 }))
      refused('EINVAL', 'openat2', () => linux.openat2(fd, 'top', { flags: 0, mode: 0o600 }))
      refused('EBADF', 'openat2', () => linux.openat2(CANNOT, 'top', { flags: 0 }))
      linux.close(fd)
    },
  },
]

const descriptors: readonly LinuxRule[] = [
  {
    name: 'a descriptor is closed once',
    run: ({ linux, directory, isOpen }) => {
      const { fd } = directory()
      assert.equal(isOpen(fd), true)
      linux.close(fd)
      assert.equal(isOpen(fd), false)
      refused('EBADF', 'close', () => linux.close(fd))
    },
  },
  {
    name: 'a pipe gives what was written, and says how much waits',
    run: (subject) => {
      const { linux } = subject
      const [output, input] = linux.pipe()
      assert.equal(linux.pendingBytes(output), 0)
      subject.write(input, 'one')
      subject.write(input, 'two')
      assert.equal(linux.pendingBytes(output), 6)
      assert.equal(subject.read(output), 'onetwo')
      assert.equal(linux.pendingBytes(output), 0)
      linux.close(input)
      linux.close(output)
      refused('EBADF', 'ioctl', () => linux.pendingBytes(output))
    },
  },
  {
    name: 'a terminal gets its size, and nothing else has one',
    run: ({ linux, terminal }) => {
      const { fd, size } = terminal()
      linux.setWindowSize(fd, 101, 33)
      assert.deepEqual(size(), { columns: 101, rows: 33 })
      linux.close(fd)
      const [output, input] = linux.pipe()
      refused('ENOTTY', 'ioctl', () => linux.setWindowSize(output, 80, 25))
      linux.close(output)
      linux.close(input)
    },
  },
  {
    name: 'arguments of the wrong kind are refused before anything is done',
    run: ({ linux, directory }) => {
      const { fd } = directory(TREE)
      const wrong = (value: unknown): never => value as never
      for (const bad of [undefined, null, '3', 1.5, Number.NaN, 2 ** 31, {}])
        unfit(() => linux.close(wrong(bad)))
      unfit(() => linux.openat2(fd, 'a\0b', { flags: 0 }))
      unfit(() => linux.openat2(fd, wrong(7), { flags: 0 }))
      unfit(() => linux.openat2(fd, 'top', wrong(undefined)))
      unfit(() => linux.openat2(fd, 'top', { flags: wrong('r') }))
      unfit(() => linux.openat2(fd, 'top', { flags: 0, resolve: -1 }))
      unfit(() => linux.mount(wrong({ source: '/', target: '/nope', type: 'none' })))
      unfit(() => linux.unmount('/a\0b'))
      unfit(() => linux.pidfdOpen(wrong('1')))
      unfit(() => linux.watchPidfd(fd, wrong(undefined)))
      unfit(() => new linux.Channel(fd, wrong({})))
      linux.close(fd)
    },
  },
]

const mounting: readonly LinuxRule[] = [
  {
    name: 'a directory is mounted over another until it is unmounted',
    run: async ({ linux, directory, exists }) => {
      const [from, to] = [directory({ seen: '' }), directory({ 'at/': '' })]
      const target = `${to.path}/at`
      const bind = { source: from.path, target, type: 'none', flags: linux.constants.MS_BIND }
      await linux.mount(bind)
      assert.equal(exists(`${target}/seen`), true)
      await linux.unmount(target)
      assert.equal(exists(`${target}/seen`), false)
      await assert.rejects(linux.unmount(target), { code: 'EINVAL', syscall: 'umount2' })
      for (const { fd } of [from, to]) linux.close(fd)
    },
  },
  {
    name: 'a mount in use is only let go of when it is detached',
    run: async (subject) => {
      const { linux } = subject
      const [from, to] = [subject.directory({ seen: 'x' }), subject.directory({ 'at/': '' })]
      const target = `${to.path}/at`
      const bind = { source: from.path, target, type: 'none', flags: linux.constants.MS_BIND }
      await linux.mount(bind)
      const used = linux.openat2(to.fd, 'at/seen', { flags: linux.constants.O_RDONLY })
      await assert.rejects(linux.unmount(target), { code: 'EBUSY', path: target })
      await linux.unmount(target, { detach: true })
      assert.equal(subject.exists(`${target}/seen`), false)
      assert.equal(text(subject, used), 'x')
      for (const { fd } of [from, to]) linux.close(fd)
    },
  },
  {
    name: 'a mount that cannot be crossed stops the way',
    run: async ({ linux, directory }) => {
      const [from, to] = [directory({ seen: '' }), directory({ 'at/': '' })]
      const target = `${to.path}/at`
      const { MS_BIND, O_RDONLY, RESOLVE_NO_XDEV } = linux.constants
      await linux.mount({ source: from.path, target, type: 'none', flags: MS_BIND })
      const how = { flags: O_RDONLY, resolve: RESOLVE_NO_XDEV }
      refused('EXDEV', 'openat2', () => linux.openat2(to.fd, 'at/seen', how))
      await linux.unmount(target)
      for (const { fd } of [from, to]) linux.close(fd)
    },
  },
  {
    name: 'nothing is mounted from or on what is not there',
    run: async ({ linux, directory }) => {
      const { fd, path } = directory()
      const bind = { type: 'none', flags: linux.constants.MS_BIND }
      const nowhere = `${path}/nope`
      const failing = { code: 'ENOENT', syscall: 'mount' }
      await assert.rejects(linux.mount({ ...bind, source: path, target: nowhere }), failing)
      await assert.rejects(linux.mount({ ...bind, source: nowhere, target: path }), failing)
      await assert.rejects(linux.unmount(nowhere), { code: 'ENOENT', path: nowhere })
      linux.close(fd)
    },
  },
]

/** What holds of opening, of descriptors and of mounts. */
export const fileRules: readonly LinuxRule[] = [...opening, ...descriptors, ...mounting]

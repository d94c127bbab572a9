import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  constants,
  existsSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'vitest'
import { FakeLinux } from '../../bindings/linux/fake.ts'
import { linux } from '../../bindings/linux/index.ts'
import { type LinuxSubject, linuxRules } from '../conformance/linux.ts'

let base: string

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'lxworks-linux-'))
})

afterEach(() => {
  rmSync(base, { recursive: true })
})

const kernel: LinuxSubject = {
  linux: linux(),
  self: { pid: process.pid, uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 },
  directory: (entries = {}) => {
    const path = mkdtempSync(join(base, 'd-'))
    for (const [name, content] of Object.entries(entries)) put(join(path, name), content)
    return { path, fd: openSync(path, constants.O_DIRECTORY) }
  },
  write: (fd, text) => void writeSync(fd, text),
  read: (fd) => {
    const bytes = Buffer.alloc(65_536)
    return bytes.toString('utf8', 0, readSync(fd, bytes))
  },
  isOpen: (fd) => {
    try {
      return fstatSync(fd) !== undefined
    } catch {
      return false
    }
  },
  exists: existsSync,
  terminal: () => {
    const fd = openSync('/dev/ptmx', constants.O_RDWR | constants.O_NOCTTY)
    return { fd, size: () => sizeOf(fd) }
  },
  process: () => {
    const child = spawn('sleep', ['1000'], { stdio: 'ignore' })
    return { pid: child.pid ?? 0, gone: once(child, 'exit').then(() => undefined) }
  },
}

function sizeOf(terminal: number) {
  const text = execFileSync('stty', ['size'], { stdio: [terminal, 'pipe', 'inherit'] }).toString()
  const [rows = -1, columns = -1] = text.split(' ').map(Number)
  return { columns, rows }
}

function put(path: string, content: string): void {
  if (path.endsWith('/')) mkdirSync(path)
  else if (content.startsWith('-> ')) symlinkSync(content.slice(3), path)
  else writeFileSync(path, content)
}

describe('the linux binding on the real kernel', () => {
  it.each(linuxRules.map((rule) => [rule.name, rule] as const))('%s', async (_, rule) => {
    await rule.run(kernel)
  })
})

describe('what cannot be seen in memory', () => {
  it('is that every descriptor is closed on exec', () => {
    const native = linux()
    const { O_PATH } = native.constants
    const pidfd = native.pidfdOpen(process.pid)
    const file = native.openat2(-1, '/proc/self', { flags: O_PATH })
    const fds = [...native.pipe(), ...native.socketPair(), pidfd, file]
    for (const fd of fds) {
      const flags = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1]
      assert.notEqual(Number.parseInt(flags ?? '', 8) & native.constants.O_CLOEXEC, 0, `${fd}`)
      native.close(fd)
    }
  })

  it('is that the constants in memory are those of the headers', () => {
    assert.deepEqual(new FakeLinux().constants, linux().constants)
  })
})

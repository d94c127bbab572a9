import { describe, it } from 'vitest'
import { FakeLinux } from '../../../bindings/linux/fake.ts'
import { type LinuxSubject, linuxRules } from '../../conformance/linux.ts'

function inMemory(): LinuxSubject {
  const linux = new FakeLinux()
  let directories = 0
  return {
    linux,
    self: linux.self,
    directory: (entries = {}) => {
      directories += 1
      const path = `/d${directories}`
      linux.put(`${path}/`, '')
      for (const [name, content] of Object.entries(entries)) linux.put(`${path}/${name}`, content)
      return { path, fd: linux.openat2(-100, path, { flags: linux.constants.O_DIRECTORY }) }
    },
    write: (fd, text) => linux.write(fd, text),
    read: (fd) => linux.read(fd),
    isOpen: (fd) => linux.descriptors().includes(fd),
    exists: (path) => linux.exists(path),
    terminal: () => {
      const fd = linux.terminal()
      return { fd, size: () => linux.sizeOf(fd) }
    },
    process: () => linux.start(),
  }
}

describe('the linux binding in memory', () => {
  it.each(linuxRules.map((rule) => [rule.name, rule] as const))('%s', async (_, rule) => {
    await rule.run(inMemory())
  })
})

import { describe, expect, it } from 'vitest'
import { FakeLinux } from '../../../bindings/linux/fake.ts'
import { HostMounts } from '../../../lib/core/host/mounts.ts'

function world() {
  const linux = new FakeLinux({ '/from/file': '', '/at/': '' })
  return { linux, mounts: new HostMounts(() => linux) }
}

describe('mounts of the host', () => {
  it('bind one directory over another until they are unmounted, silently the second time', async () => {
    const { linux, mounts } = world()
    await mounts.bind('/from', '/at')
    expect(linux.exists('/at/file')).toBe(true)
    await mounts.unmount('/at')
    await mounts.unmount('/at')
    await mounts.unmount('/nowhere')
    expect(linux.exists('/at/file')).toBe(false)
  })

  it('that cannot be let go of are an error', async () => {
    const { linux, mounts } = world()
    linux.failNext('unmount', 'EPERM')
    await expect(mounts.unmount('/at')).rejects.toMatchObject({ code: 'EPERM' })
  })
})

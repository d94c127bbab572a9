import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../../lib/core/fakes/clock.ts'
import { FakeLinks } from '../../../lib/core/fakes/links.ts'
import { FakeMounts } from '../../../lib/core/fakes/mounts.ts'
import { HostClock } from '../../../lib/core/host/clock.ts'
import { HostLinks } from '../../../lib/core/host/links.ts'
import { HostMounts, mountEntries } from '../../../lib/core/host/mounts.ts'

describe('links', () => {
  it('of this machine hold the loopback, up', async () => {
    const lo = (await new HostLinks().list()).find(({ name }) => name === 'lo')
    expect(lo).toMatchObject({ index: 1, up: true, isBridge: false, hwaddr: '00:00:00:00:00:00' })
  })

  it('said to be there are listed by name', async () => {
    const links = new FakeLinks([{ name: 'eth0' }, { name: 'br0', isBridge: true }])
    expect((await links.list()).map(({ name }) => name)).toEqual(['br0', 'eth0'])
  })
})

describe('a mount table', () => {
  it('is read with its escaped names', () => {
    const text =
      '36 35 98:0 /mnt1 /mnt/with\\040blank rw,noatime master:1 - ext4 /dev/root rw,errors=continue\n'
    expect(mountEntries(text)).toEqual([
      { target: '/mnt/with blank', source: '/dev/root', type: 'ext4', options: 'rw,noatime' },
    ])
  })

  it('of this process holds /proc', async () => {
    const mounts = new HostMounts(() => {
      throw new Error('listing needs no native part')
    })
    expect(await mounts.list()).toContainEqual(
      expect.objectContaining({ target: '/proc', type: 'proc' }),
    )
  })

  it('in memory uncovers what lay below when the top is unmounted', async () => {
    const mounts = new FakeMounts()
    await mounts.bind('/a', '/t')
    await mounts.bind('/b', '/t')
    await mounts.unmount('/t')
    await mounts.unmount('/elsewhere')
    expect((await mounts.list()).map(({ source }) => source)).toEqual(['/a'])
  })
})

describe('a clock', () => {
  it('that is held wakes sleepers only when it is moved', async () => {
    const clock = new FakeClock()
    const woken: string[] = []
    const both = [
      clock.sleep(200).then(() => woken.push('late')),
      clock.sleep(100).then(() => woken.push('early')),
    ]
    await Promise.resolve()
    expect(woken).toEqual([])
    clock.advance(300)
    await Promise.all(both)
    expect(woken).toEqual(['early', 'late'])
  })

  it.each([
    ['real', () => new HostClock()],
    ['held', () => new FakeClock()],
  ])('%s stops sleeping when the caller gives up', async (_, open) => {
    const abort = new AbortController()
    const sleep = open().sleep(60_000, { signal: abort.signal })
    abort.abort()
    await expect(sleep).rejects.toMatchObject({ kind: 'cancelled' })
  })
})

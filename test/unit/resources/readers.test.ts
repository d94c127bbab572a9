import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FakeLinux } from '../../../bindings/linux/fake.ts'
import { createResources } from '../../../lib/resources/room.ts'
import { resourcesWire } from '../../../lib/rest/render/resources.ts'
import { filesOf } from './tree.ts'

const golden = (name: string): string => join('../../golden/resources', name)

const contentOf = (name: string): Promise<string> =>
  readFile(join(import.meta.dirname, golden(name)), 'utf8')

/** The resources of a machine of which the kernel's files were kept, as a client gets them. */
async function resourcesOf(name: string, linux = new FakeLinux()): Promise<string> {
  const reader = createResources({
    files: await filesOf(await contentOf(`${name}.tree`)),
    architecture: 'x86_64',
    release: '6.1.0-56-amd64',
    ethernet: (interfaceName) => linux.ethernet(interfaceName),
  })
  return `${JSON.stringify(resourcesWire(await reader.read()), null, 2)}\n`
}

describe('the resources of a machine', () => {
  it('with cards of many functions are as in the golden file', async () => {
    const linux = new FakeLinux()
    linux.addInterface('enp1s0', {
      firmwareVersion: '0x61bd0001',
      settings: { port: 3, transceiver: 0, autoNegotiation: true, supported: [0x1400, 0x800, 0] },
    })
    await expect(await resourcesOf('cards', linux)).toMatchFileSnapshot(golden('cards.resources'))
  })

  it('with one of each kind of device are what the real LXD told of it', async () => {
    const linux = new FakeLinux()
    linux.addInterface('usb0', { firmwareVersion: 'Linux Device' })
    linux.addInterface('eth0', {
      firmwareVersion: '2.1-0',
      settings: { port: 0, transceiver: 0, autoNegotiation: true, supported: [239, 0, 0] },
    })
    const told = JSON.parse(await contentOf('machine.lxd'))
    // LXD was asked a moment earlier.
    for (const use of [told.memory, ...told.memory.nodes]) use.used = expect.any(Number)
    expect(JSON.parse(await resourcesOf('machine', linux))).toMatchObject(told)
  })

  it('that shows nothing are empty, and nothing fails', async () => {
    const empty = createResources({
      files: await filesOf('/proc/\n'),
      ...{ architecture: 'aarch64', release: '6.1.0' },
      ethernet: (name) => new FakeLinux().ethernet(name),
    })
    expect(await empty.read()).toEqual({
      cpu: { architecture: 'aarch64', sockets: [], total: 0 },
      memory: {
        ...{ nodes: [], hugepagesUsed: 0, hugepagesTotal: 0, hugepagesSize: 0, used: 0, total: 0 },
      },
      gpu: { cards: [], total: 0 },
      network: { cards: [], total: 0 },
      storage: { disks: [], total: 0 },
      usb: { devices: [], total: 0 },
      pci: { devices: [], total: 0 },
      system: {
        ...{ uuid: '', vendor: '', product: '', family: '', version: '', sku: '', serial: '' },
        ...{ type: 'physical', firmware: null, chassis: null, motherboard: null },
      },
    })
  })
})

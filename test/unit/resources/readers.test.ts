import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FakeLinux } from '../../../bindings/linux/fake.ts'
import { createResources } from '../../../lib/resources/room.ts'
import { resourcesWire } from '../../../lib/rest/render/resources.ts'
import { filesOf } from './tree.ts'

const golden = (name: string): string => join('../../golden/resources', name)

/** The resources of a machine of which the kernel's files were kept, as a client gets them. */
async function resourcesOf(name: string, linux = new FakeLinux()): Promise<string> {
  const text = await readFile(join(import.meta.dirname, golden(`${name}.tree`)), 'utf8')
  const reader = createResources({
    files: await filesOf(text),
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

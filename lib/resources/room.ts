import type { ResourceReader } from './contract.ts'
import { readCpu } from './cpu.ts'
import { readDisks } from './disks.ts'
import { readGpus } from './gpu.ts'
import { readNames } from './ids.ts'
import { readMemory } from './memory.ts'
import { type DriverReader, readNetwork } from './network.ts'
import { readPci } from './pci.ts'
import { type KernelFiles, Sysfs } from './sysfs.ts'
import { readSystem } from './system.ts'
import { readUsb } from './usb.ts'

export interface ResourcesDeps {
  readonly files: KernelFiles
  /** In the kernel's word: `x86_64`. */
  readonly architecture: string
  /** As `uname -r` prints it. */
  readonly release: string
  /** Asks the driver of a network interface. */
  readonly ethernet: DriverReader
}

export function createResources(deps: ResourcesDeps): ResourceReader {
  const { files, architecture, release, ethernet } = deps
  const sysfs = new Sysfs(files)
  return {
    read: async () => {
      const [pci, usb] = await Promise.all([
        readNames(sysfs, 'pci.ids'),
        readNames(sysfs, 'usb.ids'),
      ])
      const bench = { sysfs, pci, usb, release }
      const [cpu, memory, cards, networkCards, disks, usbDevices, pciDevices, system] =
        await Promise.all([
          readCpu(sysfs, architecture),
          readMemory(sysfs),
          readGpus(bench),
          readNetwork(bench, ethernet),
          readDisks(bench),
          readUsb(bench),
          readPci(bench),
          readSystem(sysfs),
        ])
      return {
        ...{ cpu, memory, system },
        gpu: { cards, total: cards.length },
        network: { cards: networkCards, total: networkCards.length },
        storage: { disks, total: disks.flatMap((disk) => [disk, ...disk.partitions]).length },
        usb: { devices: usbDevices, total: usbDevices.length },
        pci: { devices: pciDevices, total: pciDevices.length },
      }
    },
  }
}

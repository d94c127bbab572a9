import { basename } from 'node:path'
import type { Disk, DiskPartition } from './contract.ts'
import { defined } from './defined.ts'
import { addressOf, type Bench, numaNodeOf } from './hardware.ts'
import type { Sysfs } from './sysfs.ts'

const BLOCK = '/sys/class/block'
/** The kernel counts blocks by these, whatever those of the device are. */
const SECTOR_BYTES = 512

/** Disks that are devices: no loop devices, no RAM. */
export async function readDisks({ sysfs }: Bench): Promise<readonly Disk[]> {
  const [names, byPath, byId] = await Promise.all([
    sysfs.list(BLOCK),
    linksBelow(sysfs, '/dev/disk/by-path'),
    linksBelow(sysfs, '/dev/disk/by-id'),
  ])
  const disks = await Promise.all(names.map((name) => diskOf(name, sysfs, { byPath, byId })))
  return disks.filter((disk) => disk !== undefined)
}

interface Links {
  readonly byPath: ReadonlyMap<string, string>
  readonly byId: ReadonlyMap<string, string>
}

async function diskOf(id: string, sysfs: Sysfs, links: Links): Promise<Disk | undefined> {
  const path = await sysfs.real(`${BLOCK}/${id}`)
  const device = path && (await sysfs.real(`${path}/device`))
  if (path === undefined || device === undefined) return undefined
  const [block, hardware, numaNode, partitions] = await Promise.all([
    blockOf(path, sysfs),
    hardwareOf(path, device, sysfs),
    numaNodeOf(device, sysfs),
    partitionsOf(path, id, sysfs),
  ])
  const { device: number, readOnly, size } = block
  const { model, type, wwn, firmwareVersion, serial, rpm, address } = hardware
  const [removable, blockSize] = await Promise.all([
    sysfs.text(`${path}/removable`),
    sysfs.number(`${path}/queue/physical_block_size`),
  ])
  return {
    ...{ id, device: number, readOnly, size, removable: removable === '1', numaNode },
    ...{ blockSize: blockSize ?? 0, rpm, deviceId: links.byId.get(id) ?? '', partitions },
    ...defined({ model, type, wwn, firmwareVersion, serial, devicePath: links.byPath.get(id) }),
    ...address,
  }
}

async function partitionsOf(
  path: string,
  id: string,
  sysfs: Sysfs,
): Promise<readonly DiskPartition[]> {
  const names = (await sysfs.list(path)).filter((name) => name.startsWith(id))
  const partitions = names.map(async (name): Promise<DiskPartition | undefined> => {
    const partition = await sysfs.number(`${path}/${name}/partition`)
    if (partition === undefined) return undefined
    return { id: name, ...(await blockOf(`${path}/${name}`, sysfs)), partition }
  })
  const found = (await Promise.all(partitions)).filter((partition) => partition !== undefined)
  return found.sort((a, b) => a.partition - b.partition)
}

async function blockOf(path: string, sysfs: Sysfs) {
  const [device = '', readOnly, sectors = 0] = await Promise.all([
    sysfs.text(`${path}/dev`),
    sysfs.text(`${path}/ro`),
    sysfs.number(`${path}/size`),
  ])
  return { device, readOnly: readOnly === '1', size: sectors * SECTOR_BYTES }
}

/** Kinds of disks tell the same things in different places; udev asks some of them itself. */
async function hardwareOf(path: string, device: string, sysfs: Sysfs) {
  const [bus, address, number, rotational] = await Promise.all([
    sysfs.target(`${device}/subsystem`),
    addressOf(device, sysfs),
    sysfs.text(`${path}/dev`),
    sysfs.text(`${path}/queue/rotational`),
  ])
  const udev = await udevFacts(sysfs, number)
  const first = async (...files: readonly string[]) => {
    const texts = await Promise.all(files.map((file) => sysfs.text(file)))
    return texts.find((text) => text !== undefined)
  }
  return {
    address,
    type: kindOf(bus, device),
    model: await first(`${device}/model`, `${device}/name`),
    wwn: await first(`${path}/wwid`, `${device}/wwid`),
    firmwareVersion:
      (await first(`${device}/firmware_rev`, `${device}/rev`)) ?? udev.get('ID_REVISION'),
    serial: (await first(`${device}/serial`, `${path}/serial`)) ?? udev.get('ID_SERIAL_SHORT'),
    rpm: rotational === '1' ? Number(udev.get('ID_ATA_ROTATION_RATE_RPM') || 1) : 0,
  }
}

/** Disks behind ATA and USB say that they are SCSI. */
function kindOf(bus: string | undefined, device: string): string | undefined {
  if (bus !== 'scsi') return bus
  if (/\/ata\d+\//.test(device)) return 'sata'
  return /\/usb\d+\//.test(device) ? 'usb' : bus
}

async function udevFacts(
  sysfs: Sysfs,
  device: string | undefined,
): Promise<ReadonlyMap<string, string>> {
  const text = await sysfs.text(`/run/udev/data/b${device}`)
  const lines = (text ?? '').matchAll(/^E:([^=\n]+)=(.*)$/gm)
  return new Map([...lines].map(([, key = '', value = '']) => [key, value]))
}

/** By the name of the device that it leads to; of several links the last in their order, as LXD has it. */
async function linksBelow(sysfs: Sysfs, path: string): Promise<ReadonlyMap<string, string>> {
  const links = new Map<string, string>()
  for (const name of await sysfs.list(path)) {
    const real = await sysfs.real(`${path}/${name}`)
    if (real !== undefined) links.set(basename(real), name)
  }
  return links
}

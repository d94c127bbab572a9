import type { Ethernet } from '../../bindings/linux/native.ts'
import type { InfinibandPort, LinkSettings, NetworkCard, NetworkPort } from './contract.ts'
import { defined } from './defined.ts'
import { type Bench, type Found, hardwareOf, pciDevicesOf, withVirtual } from './hardware.ts'
import { linkSettings } from './link-settings.ts'
import type { Sysfs } from './sysfs.ts'

/** Asks the driver of an interface. */
export type DriverReader = (name: string) => Promise<Ethernet>

const NET = '/sys/class/net'
const PCI_NETWORK = '02'
const PROTOCOLS: ReadonlyMap<string | undefined, string> = new Map([
  ['1', 'ethernet'],
  ['32', 'infiniband'],
])

/** Cards by the device that their interfaces belong to, and those that have no driver and so no interface. */
export async function readNetwork(
  bench: Bench,
  ask: DriverReader,
): Promise<readonly NetworkCard[]> {
  const { sysfs } = bench
  const byDevice = new Map<string, string[]>()
  for (const device of await pciDevicesOf(sysfs, PCI_NETWORK)) byDevice.set(device, [])
  for (const name of await sysfs.list(NET)) {
    const device = await sysfs.real(`${NET}/${name}/device`)
    if (device === undefined) continue
    byDevice.set(device, [...(byDevice.get(device) ?? []), name])
  }
  // The interfaces of a virtio card belong to the device below the one on the bus.
  const devices = [...byDevice].filter(
    ([device, names]) =>
      names.length > 0 || ![...byDevice.keys()].some((other) => other.startsWith(`${device}/`)),
  )
  const found = devices.map(async ([device, names]): Promise<Found<NetworkCard>> => {
    const [hardware, physical, interfaces] = await Promise.all([
      hardwareOf(device, bench),
      sysfs.real(`${device}/physfn`),
      Promise.all(names.map(async (id) => ({ id, told: await settingsOf(id, ask) }))),
    ])
    const ports = await Promise.all(interfaces.map((one) => portOf(one, device, sysfs)))
    const firmwareVersion = interfaces.map(({ told }) => told.firmwareVersion).find(Boolean)
    const card = {
      ...hardware,
      ...defined({ firmwareVersion }),
      ...(ports.length > 0 && { ports }),
    }
    return { card, device, physical }
  })
  return withVirtual(await Promise.all(found), sysfs)
}

interface Interface {
  readonly id: string
  readonly told: LinkSettings
}

/** An interface may go, and some have no driver that could be asked. */
async function settingsOf(name: string, ask: DriverReader): Promise<LinkSettings> {
  try {
    return linkSettings(await ask(name))
  } catch {
    return { autoNegotiation: false }
  }
}

async function portOf(
  { id, told: { firmwareVersion: _, ...told } }: Interface,
  device: string,
  sysfs: Sysfs,
): Promise<NetworkPort> {
  const path = `${NET}/${id}`
  const [permanent, address, port, type, carrier, speed, duplex] = await Promise.all([
    sysfs.text(`${path}/bonding_slave/perm_hwaddr`),
    sysfs.text(`${path}/address`),
    sysfs.number(`${path}/dev_port`),
    sysfs.text(`${path}/type`),
    sysfs.text(`${path}/carrier`),
    sysfs.number(`${path}/speed`),
    sysfs.text(`${path}/duplex`),
  ])
  const protocol = PROTOCOLS.get(type) ?? 'unknown'
  const infiniband =
    protocol === 'infiniband' ? await infinibandOf(device, port ?? 0, sysfs) : undefined
  return {
    ...{ id, port: port ?? 0, protocol, linkDetected: carrier === '1' },
    // A bond gives its address to all its interfaces.
    ...defined({ address: permanent ?? address, infiniband }),
    // Drivers say -1 for what they do not know.
    ...defined({ linkSpeed: speed !== undefined && speed > 0 ? speed : undefined }),
    ...defined({ linkDuplex: duplex === 'unknown' ? undefined : duplex }),
    ...told,
  }
}

async function infinibandOf(device: string, port: number, sysfs: Sysfs): Promise<InfinibandPort> {
  const mads = `${device}/infiniband_mad`
  const names: string[] = []
  for (const name of await sysfs.list(mads)) {
    // Ports are counted from 1 here.
    if ((await sysfs.number(`${mads}/${name}/port`)) === port + 1) names.push(name)
  }
  const issmName = names.find((name) => name.startsWith('issm'))
  const madName = names.find((name) => name.startsWith('umad'))
  const verbs = `${device}/infiniband_verbs`
  const [verbName] = await sysfs.list(verbs)
  const dev = (path: string, name: string | undefined) =>
    name === undefined ? undefined : sysfs.text(`${path}/${name}/dev`)
  return defined({
    ...{ issmName, issmDevice: await dev(mads, issmName) },
    ...{ madName, madDevice: await dev(mads, madName) },
    ...{ verbName, verbDevice: await dev(verbs, verbName) },
  })
}

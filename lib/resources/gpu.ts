import type { GpuCard, GpuDrm, GpuMdev, GpuNvidia } from './contract.ts'
import { defined } from './defined.ts'
import { type Bench, type Found, hardwareOf, pciDevicesOf, withVirtual } from './hardware.ts'
import type { Sysfs } from './sysfs.ts'

const DRM = '/sys/class/drm'
const PCI_DISPLAY = '03'
const NVIDIA = '/proc/driver/nvidia'
/** The major number of NVIDIA's device nodes. */
const NVIDIA_MAJOR = 195

/** What the kernel draws with, and display devices that have no driver. */
export async function readGpus(bench: Bench): Promise<readonly GpuCard[]> {
  const { sysfs } = bench
  const drawing = new Map<string, string>()
  for (const name of await sysfs.numbered(DRM, 'card')) {
    const device = await sysfs.real(`${DRM}/${name}/device`)
    if (device !== undefined) drawing.set(device, name)
  }
  const plain = (await pciDevicesOf(sysfs, PCI_DISPLAY)).filter(
    (device) => ![...drawing.keys()].some((other) => `${other}/`.startsWith(`${device}/`)),
  )
  const found = [...drawing.keys(), ...plain].map(async (device): Promise<Found<GpuCard>> => {
    const [hardware, drm, nvidia, mdev, physical] = await Promise.all([
      hardwareOf(device, bench),
      drmOf(device, drawing.get(device), sysfs),
      nvidiaOf(device, sysfs),
      mdevOf(device, sysfs),
      sysfs.real(`${device}/physfn`),
    ])
    return { card: { ...hardware, ...defined({ drm, nvidia, mdev }) }, device, physical }
  })
  return withVirtual(await Promise.all(found), sysfs)
}

async function drmOf(
  device: string,
  cardName: string | undefined,
  sysfs: Sysfs,
): Promise<GpuDrm | undefined> {
  if (cardName === undefined) return undefined
  const nodes = await sysfs.list(`${device}/drm`)
  const dev = (name: string | undefined) =>
    name === undefined ? undefined : sysfs.text(`${device}/drm/${name}/dev`)
  const controlName = nodes.find((name) => name.startsWith('controlD'))
  const renderName = nodes.find((name) => name.startsWith('renderD'))
  const [cardDevice, controlDevice, renderDevice] = await Promise.all(
    [cardName, controlName, renderName].map(dev),
  )
  return {
    ...{ id: Number(cardName.slice('card'.length)), cardName, cardDevice: cardDevice ?? '' },
    ...defined({ controlName, controlDevice, renderName, renderDevice }),
  }
}

/** As the driver tells it; what only NVIDIA's own tools know is not there. */
async function nvidiaOf(device: string, sysfs: Sysfs): Promise<GpuNvidia | undefined> {
  const address = device.split('/').at(-1) ?? ''
  const [information, version] = await Promise.all([
    sysfs.text(`${NVIDIA}/gpus/${address}/information`),
    sysfs.text(`${NVIDIA}/version`),
  ])
  if (information === undefined) return undefined
  const field = (name: string) =>
    new RegExp(`^${name}:\\s*(.+)$`, 'm').exec(information)?.[1]?.trim()
  const model = (field('Model') ?? '').replace(/^NVIDIA /, '')
  const minor = field('Device Minor')
  return {
    ...defined({ nvrmVersion: /Kernel Module\D*(\d+(?:\.\d+)+)/.exec(version ?? '')?.[1] }),
    ...{ brand: model.split(' ')[0] ?? '', model, ...defined({ uuid: field('GPU UUID') }) },
    ...(minor !== undefined && {
      cardName: `nvidia${minor}`,
      cardDevice: `${NVIDIA_MAJOR}:${minor}`,
    }),
  }
}

async function mdevOf(
  device: string,
  sysfs: Sysfs,
): Promise<ReadonlyMap<string, GpuMdev> | undefined> {
  const path = `${device}/mdev_supported_types`
  const types = await sysfs.list(path)
  if (types.length === 0) return undefined
  const profiles = types.map(async (type): Promise<readonly [string, GpuMdev]> => {
    const [api, available, name, description, devices] = await Promise.all([
      sysfs.text(`${path}/${type}/device_api`),
      sysfs.number(`${path}/${type}/available_instances`),
      sysfs.text(`${path}/${type}/name`),
      sysfs.text(`${path}/${type}/description`),
      sysfs.list(`${path}/${type}/devices`),
    ])
    const told = defined({ name, description })
    return [type, { api: api ?? '', available: available ?? 0, ...told, devices }]
  })
  return new Map(await Promise.all(profiles))
}

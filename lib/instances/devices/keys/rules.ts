import { posix } from 'node:path'
import { LxworksError } from '../../../core/errors.ts'
import { boolean } from '../../../core/value-types.ts'
import { type Device, type Devices, isRootDisk, isRootPath } from '../../../projects/contract.ts'

/** What must hold between the options of one device. */
export function checkDeviceRules(name: string, device: Device): void {
  if (device.type === 'disk') checkDisk(name, device)
  if (device.type === 'nic' && device.nictype && !device.network && !device.parent)
    throw badDevice(name, '"parent" must be set where "network" is not')
}

/** What must hold between all devices of an instance: one root disk, paths and interface names used once. */
export function checkDevicesTogether(devices: Devices): void {
  const all = Object.entries(devices)
  const disks = all.filter(([, { type }]) => type === 'disk')
  checkRootDisk(disks.filter(([, device]) => isRootDisk(device)).map(([name]) => name))
  checkOnce(disks, ({ path }) => path && posix.resolve('/', path), 'path')
  checkOnce(
    all.filter(([, { type }]) => type === 'nic'),
    ({ name }) => name,
    'name',
  )
}

function checkDisk(name: string, device: Device): void {
  const { path } = device
  if (device.optional && device.required)
    throw badDevice(name, '"optional" is the former inverse of "required"; unset one')
  if (isRootPath(path)) checkRoot(name, device)
  else checkHostPath(name, device)
}

function checkHostPath(name: string, device: Device): void {
  const { path, source, pool } = device
  if (!source || !path) throw badDevice(name, '"source" and "path" must be set')
  if (pool) throw notYet(name, 'custom volumes cannot be attached yet')
  if (!source.startsWith('/'))
    throw notYet(name, 'only absolute paths of the host can be shown inside so far')
  if (isOn(device, 'recursive') && isOn(device, 'readonly'))
    throw badDevice(name, '"recursive" and "readonly" cannot be used together')
}

function checkRoot(name: string, { source, pool }: Device): void {
  if (source) throw badDevice(name, 'the root disk has no "source"')
  if (!pool) throw badDevice(name, 'the root disk must have a "pool"')
}

function checkRootDisk(names: readonly string[]): void {
  const [first, second] = names
  if (first !== undefined && second === undefined) return
  const why =
    first === undefined
      ? 'No root device could be found; add a disk with path=/ and a pool, or a profile that has one'
      : `More than one root device: ${names.join(', ')}; keep one disk with path=/`
  throw new LxworksError(`Invalid devices: ${why}`, {
    kind: 'invalid',
    code: first === undefined ? 'INSTANCE_NO_ROOT_DISK' : 'INSTANCE_BAD_DEVICE',
    context: { devices: names },
  })
}

function checkOnce(
  devices: readonly (readonly [string, Device])[],
  value: (device: Device) => string | undefined,
  option: string,
): void {
  const seen = new Map<string, string>()
  for (const [name, device] of devices) {
    const text = value(device)
    if (!text) continue
    const other = seen.get(text)
    if (other !== undefined)
      throw badDevice(
        name,
        `its ${option} ${JSON.stringify(text)} is that of device ${JSON.stringify(other)}`,
      )
    seen.set(text, name)
  }
}

function isOn(device: Device, key: string): boolean {
  return boolean.safeParse(device[key]).data === true
}

function notYet(name: string, why: string): LxworksError {
  return new LxworksError(`Device ${JSON.stringify(name)} cannot be used here: ${why}; remove it`, {
    kind: 'unsupported',
    code: 'INSTANCE_DEVICE_UNSUPPORTED',
    context: { device: name },
  })
}

/** Says of a device what is wrong with it. */
export function badDevice(name: string, why: string): LxworksError {
  return new LxworksError(
    `Invalid devices: Device validation failed for ${JSON.stringify(name)}: ${why}`,
    { kind: 'invalid', code: 'INSTANCE_BAD_DEVICE', context: { device: name } },
  )
}

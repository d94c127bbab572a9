import { errorMessage, isLxworksError, LxworksError } from '../../../core/errors.ts'
import type { Device } from '../../../projects/contract.ts'
import { checkKnown } from '../../keys/known.ts'
import type { DeviceKeys } from './declare.ts'
import { deviceKeys } from './index.ts'
import { badDevice, checkDeviceRules } from './rules.ts'

type Type = 'container' | 'virtual-machine' | 'any'

/** One device by itself: its name, its type and kind, each option, and what must hold between them. */
export function checkDevice(name: string, device: Device, type: Type): void {
  checkDeviceName(name)
  const keys = deviceKeys(device)
  if (!keys) throw unsupportedKind(name, device)
  checkUsable(name, device, keys)
  try {
    checkKnown(keys, device, type)
  } catch (error) {
    throw inDevice(name, error)
  }
  checkRequired(name, device, keys)
  checkFromNetwork(name, device, keys)
  checkDeviceRules(name, device)
}

function checkDeviceName(name: string): void {
  const why = nameProblem(name)
  if (why === undefined) return
  throw new LxworksError(`Invalid device name ${JSON.stringify(name.slice(0, 80))}: ${why}`, {
    kind: 'invalid',
    code: 'INSTANCE_BAD_DEVICE',
    context: { device: name.slice(0, 80) },
  })
}

function nameProblem(name: string): string | undefined {
  if (name.length < 1 || name.length > 63) return 'Name must be 1-63 characters long'
  if (name.startsWith('.')) return 'Name must not start with "."'
  if (!/^[A-Za-z0-9/._:-]+$/.test(name))
    return 'Name can only hold letters, digits, "/", ".", "_", ":" and "-"'
  return undefined
}

function unsupportedKind(name: string, device: Device): LxworksError {
  const kind = device.type === 'nic' ? device.nictype : device.gputype
  const why =
    device.type === 'nic' && !kind
      ? 'network or nictype must be set'
      : `Unsupported device type ${JSON.stringify(kind ?? device.type ?? '')}`
  return badDevice(name, why)
}

/** Devices that cannot work here at all are refused as such, not by their first option. */
function checkUsable(name: string, { type }: Device, keys: DeviceKeys): void {
  const missing = keys.table.type?.missing
  if (missing === undefined) return
  throw new LxworksError(
    `Device ${JSON.stringify(name)} of type ${JSON.stringify(type)} cannot be used here: ${missing}; remove it`,
    { kind: 'unsupported', code: 'INSTANCE_DEVICE_UNSUPPORTED', context: { device: name, type } },
  )
}

function checkRequired(name: string, device: Device, keys: DeviceKeys): void {
  for (const [key, { required }] of Object.entries(keys.table))
    if (required && !device[key]) throw badDevice(name, `${JSON.stringify(key)} must be set`)
}

function checkFromNetwork(name: string, device: Device, keys: DeviceKeys): void {
  if (!device.network) return
  const key = Object.keys(device).find((key) => keys.table[key]?.fromNetwork && device[key])
  if (key === undefined) return
  throw badDevice(
    name,
    `Cannot use ${JSON.stringify(key)} together with "network", which decides it`,
  )
}

function inDevice(name: string, error: unknown): unknown {
  if (!isLxworksError(error)) return error
  const option = JSON.stringify(error.context.key ?? '')
  const why =
    error.code === 'CORE_UNKNOWN_KEY' ? `Invalid device option ${option}` : errorMessage(error)
  return new LxworksError(
    `Invalid devices: Device validation failed for ${JSON.stringify(name)}: ${why}`,
    {
      kind: error.kind,
      code: error.code,
      context: { ...error.context, device: name },
      cause: error,
    },
  )
}

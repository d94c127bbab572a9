import { LxworksError } from '../../core/errors.ts'
import type { Devices } from '../../projects/contract.ts'
import type { Part } from '../parts.ts'
import { disk } from './disk.ts'
import type { DeviceFacts, DevicePlanner } from './facts.ts'
import { nic } from './nic.ts'

/** A device that hides an inherited one of the same name. */
const none: DevicePlanner = () => []

const PLANNERS: Readonly<Record<string, DevicePlanner>> = { disk, nic, none }

/** Turns every device into its parts, in the order of their names; all are checked before any is used. */
export function planDevices(devices: Devices, facts: DeviceFacts): readonly Part[] {
  const names = Object.keys(devices).sort()
  return names.flatMap((name) => {
    const device = devices[name]
    if (!device) return []
    const plan = PLANNERS[device.type]
    if (!plan) throw unsupported(name, device.type)
    return plan(name, device, facts)
  })
}

function unsupported(name: string, type: string): LxworksError {
  return new LxworksError(
    `Device ${JSON.stringify(name)}: devices of type ${JSON.stringify(type)} cannot be used here yet; remove it`,
    { kind: 'unsupported', code: 'INSTANCE_DEVICE_UNSUPPORTED', context: { device: name, type } },
  )
}

import { defineKeys } from '../../../core/config.ts'
import { integerBetween, oneOf } from '../../../core/value-types.ts'
import { type DeviceKeyTable, deviceType } from './declare.ts'
import { infinibandAddress, interfaceName } from './types.ts'

/** An InfiniBand device of the host. */
export const infinibandKeys = defineKeys('device.infiniband', {
  type: deviceType('infiniband', 'InfiniBand devices are not available yet'),
  nictype: {
    type: oneOf(['physical', 'sriov']),
    description: 'Infiniband kind',
    extensions: ['infiniband'],
    required: true,
    change: 'replug',
  },
  name: {
    type: interfaceName,
    description: 'Interface name inside the instance',
    defaultRule: 'kernel assigned',
    extensions: ['infiniband'],
    change: 'replug',
  },
  hwaddr: {
    type: infinibandAddress,
    description:
      'Hardware address: full 20 bytes, or 8 bytes replacing the tail of the parent address',
    defaultRule: 'randomly assigned',
    extensions: ['infiniband'],
    change: 'replug',
  },
  mtu: {
    type: integerBetween(1280, 16_384),
    description: 'MTU of the new interface',
    defaultRule: 'parent MTU',
    extensions: ['infiniband'],
    change: 'replug',
  },
  parent: {
    type: interfaceName,
    description: 'Host device name',
    extensions: ['infiniband'],
    required: true,
    change: 'replug',
  },
} satisfies DeviceKeyTable)

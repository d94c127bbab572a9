import type { KeyTable } from '../../core/config.ts'
import { boolean } from '../../core/value-types.ts'

/** What the agent inside a virtual machine does. */
export const agentKeys = {
  'agent.nic_config': {
    type: boolean,
    description:
      'Make default NIC names and MTUs inside the VM equal to the device definition (containers always behave this way)',
    default: 'false',
    live: 'n/a',
    only: 'virtual-machine',
    extensions: ['agent_nic_config'],
    missing: 'virtual machines are not available yet',
  },
} as const satisfies KeyTable

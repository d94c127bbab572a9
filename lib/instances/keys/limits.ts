import type { KeyTable } from '../../core/config.ts'
import { boolean, bytes, integer, integerBetween, oneOf } from '../../core/value-types.ts'
import { cpuAllowance, cpuSelection, kernelLimit, memoryLimit } from './types.ts'

/** Limits of resources. */
export const limitsKeys = {
  'limits.cpu': {
    type: cpuSelection,
    description:
      'CPU count, or explicit CPU set/range to pin to; pinning to one CPU is written n-n',
    defaultRule: '1 in virtual machines, no limit in containers',
    live: 'now',
  },
  'limits.cpu.allowance': {
    type: cpuAllowance,
    description:
      'CPU time share: N% = soft weight, Xms/Yms = hard CFS quota; whole numbers only, a quota counts in units of one CPU (100ms/50ms is two CPUs)',
    default: '100%',
    live: 'now',
    only: 'container',
  },
  'limits.cpu.priority': {
    type: integerBetween(0, 10),
    description:
      'Scheduling priority among instances sharing the same CPUs when shares are equal (overcommit)',
    default: '10',
    live: 'now',
    only: 'container',
  },
  'limits.disk.priority': {
    type: integerBetween(0, 10),
    description: 'Weight of this instance I/O requests under load',
    default: '5',
    live: 'now',
  },
  'limits.hugepages.64KB': {
    type: bytes,
    description:
      'Fixed byte amount of 64 KB hugepages the container may use; available page sizes depend on architecture',
    live: 'now',
    only: 'container',
    extensions: ['limits_hugepages'],
    missing: 'limits of huge pages are not applied yet',
  },
  'limits.hugepages.1MB': {
    type: bytes,
    description:
      'Fixed byte amount of 1 MB hugepages the container may use; available page sizes depend on architecture',
    live: 'now',
    only: 'container',
    extensions: ['limits_hugepages'],
    missing: 'limits of huge pages are not applied yet',
  },
  'limits.hugepages.2MB': {
    type: bytes,
    description:
      'Fixed byte amount of 2 MB hugepages the container may use; available page sizes depend on architecture',
    live: 'now',
    only: 'container',
    extensions: ['limits_hugepages'],
    missing: 'limits of huge pages are not applied yet',
  },
  'limits.hugepages.1GB': {
    type: bytes,
    description:
      'Fixed byte amount of 1 GB hugepages the container may use; available page sizes depend on architecture',
    live: 'now',
    only: 'container',
    extensions: ['limits_hugepages'],
    missing: 'limits of huge pages are not applied yet',
  },
  'limits.kernel.*': {
    type: kernelLimit,
    description:
      'Kernel rlimit for the instance, name and value handed to the kernel unvalidated; <soft>:<hard> or one value for both, a number or "unlimited"; unset ones are inherited from the process that starts the instance',
    live: 'next start',
    extensions: ['kernel_limits'],
  },
  'limits.memory': {
    type: memoryLimit,
    description:
      'Memory limit: percentage of host memory or fixed bytes; not 0, a percentage may exceed 100',
    defaultRule: '1GiB in virtual machines, no limit in containers',
    live: 'now',
  },
  'limits.memory.enforce': {
    type: oneOf(['hard', 'soft']),
    description: 'hard = may not exceed; soft = may exceed while the host has spare memory',
    default: 'hard',
    live: 'now',
    only: 'container',
  },
  'limits.memory.hugepages': {
    type: boolean,
    description: 'Back VM memory with hugepages instead of normal memory',
    default: 'false',
    live: 'next start',
    only: 'virtual-machine',
    missing: 'virtual machines are not available yet',
  },
  'limits.memory.swap': {
    type: boolean,
    description: 'Encourage or discourage swapping of little-used pages',
    default: 'true',
    live: 'now',
    only: 'container',
  },
  'limits.memory.swap.priority': {
    type: integerBetween(0, 10),
    description: 'Higher value makes the instance less likely to be swapped out',
    default: '10',
    live: 'now',
    only: 'container',
  },
  'limits.network.priority': {
    type: integerBetween(0, 10),
    description: 'Priority of this instance network requests under load',
    default: '0',
    live: 'now',
    missing: 'network priorities are not applied yet',
  },
  'limits.processes': {
    type: integer,
    description: 'Maximum number of processes; unset means unlimited',
    live: 'now',
    only: 'container',
  },
} as const satisfies KeyTable

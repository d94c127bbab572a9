import type { KeyTable } from '../../core/config.ts'
import { boolean, commaList, text } from '../../core/value-types.ts'
import { line, moduleList } from './types.ts'

/** The kernel and its modules; NVIDIA's run time. */
export const linuxKeys = {
  'linux.kernel_modules': {
    type: moduleList,
    description: 'Comma list of host kernel modules to load before start',
    live: 'now',
    only: 'container',
    missing: 'modules of the host are not loaded yet; load them on the host',
  },
  'linux.sysctl.*': {
    type: line,
    description: 'sysctl value to apply inside the container',
    live: 'next start',
    only: 'container',
    extensions: ['linux_sysctl'],
    missing: 'kernel parameters of a container are not applied yet',
  },
  'nvidia.driver.capabilities': {
    type: commaList,
    description: 'Driver capabilities, exported as NVIDIA_DRIVER_CAPABILITIES',
    default: 'compute,utility',
    live: 'next start',
    only: 'container',
    extensions: ['nvidia_runtime_config'],
    missing: 'NVIDIA devices cannot be passed through yet',
  },
  'nvidia.runtime': {
    type: boolean,
    description: 'Pass host NVIDIA and CUDA runtime libraries through',
    default: 'false',
    live: 'next start',
    only: 'container',
    extensions: ['nvidia_runtime'],
    missing: 'NVIDIA devices cannot be passed through yet',
  },
  'nvidia.require.cuda': {
    type: text,
    description: 'Version expression for CUDA, exported as NVIDIA_REQUIRE_CUDA',
    live: 'next start',
    only: 'container',
    extensions: ['nvidia_runtime_config'],
    missing: 'NVIDIA devices cannot be passed through yet',
  },
  'nvidia.require.driver': {
    type: text,
    description: 'Version expression for the driver, exported as NVIDIA_REQUIRE_DRIVER',
    live: 'next start',
    only: 'container',
    extensions: ['nvidia_runtime_config'],
    missing: 'NVIDIA devices cannot be passed through yet',
  },
} as const satisfies KeyTable

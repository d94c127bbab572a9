import { z } from 'zod'
import { COMMANDS, FILES } from '../../core/ports.ts'
import { defineNetwork, NETWORKS_DIRECTORY } from '../contract.ts'
import { HostDatagrams } from '../datagrams.ts'
import { PROCESSES } from '../processes.ts'
import { BridgeDriver } from './driver.ts'
import { bridgeKeys } from './keys.ts'

export const bridge = defineNetwork({
  name: 'bridge',
  needs: {
    commands: COMMANDS,
    files: FILES,
    processes: PROCESSES,
    directory: NETWORKS_DIRECTORY,
  },
  config: z.object({}),
  keys: bridgeKeys,
  create: (deps) => new BridgeDriver({ ...deps, datagrams: new HostDatagrams() }),
})

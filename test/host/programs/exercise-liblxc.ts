import { liblxc } from '../../../bindings/liblxc/index.ts'
import type { ContainerRef } from '../../../bindings/liblxc/native.ts'
import type { Exercise } from './exercise.ts'

/** The liblxc binding on a container that runs, which it only reads. */
export function exerciseLiblxc(running: ContainerRef): Exercise {
  const native = liblxc()
  return {
    leave: async () => {
      const handle = await native.open(running)
      for (let n = 0; n < 8; n++) {
        void handle.state()
        void handle.cgroupItem('memory.usage_in_bytes')
      }
      native.open(running).catch(() => undefined)
      return []
    },
    cycle: async () => {
      const handle = await native.open(running)
      const calls = [
        handle.state(),
        handle.initPid(),
        handle.cgroupItem('memory.usage_in_bytes'),
        handle.cgroupItem('no.such.item'),
        handle.setCgroupItem('no.such.item', '1'),
        handle.runningConfigItem('lxc.uts.name'),
        handle.runningConfigItem('lxc.no.such'),
        handle.consoleLog(),
        handle.consoleLog({ clear: true }),
      ]
      handle.close()
      await Promise.allSettled([...calls, handle.state()])
      await native.open({ ...running, configFile: '/nowhere' }).catch(() => undefined)
    },
  }
}

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * A server lives long and mostly waits: what is young stays in little room. To have all of the heap small (`--optimize-for-size`)
 * would double the time of a list of three hundred instances with their snapshots.
 */
export function keepHeapSmall(): void {
  // Read again each time the heap decides whether to grow.
  setFlagsFromString('--semi-space-growth-factor=1')
  collectAtRest()
}

const LOOK_MS = 10_000
/** As share of one processor; what a server needs that answers nobody is a tenth of it. */
const AT_REST = 0.01

/** V8 gives memory back when it runs out of it, not when there is nothing to do: 79 MB instead of 84 after twenty containers. */
function collectAtRest(): void {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  let before = process.cpuUsage()
  let worked = true
  const look = (): void => {
    const { user, system } = process.cpuUsage(before)
    const busy = (user + system) / 1000 > LOOK_MS * AT_REST
    if (!busy && worked) collect()
    worked = busy
    before = process.cpuUsage()
  }
  setInterval(look, LOOK_MS).unref()
}

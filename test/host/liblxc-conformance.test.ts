import { afterAll, afterEach, beforeAll, describe, it } from 'vitest'
import { type Helper, type StartedContainer, startHelper } from '../../bindings/helper/index.ts'
import { liblxc } from '../../bindings/liblxc/index.ts'
import { type LiblxcSubject, liblxcRules } from '../conformance/liblxc.ts'
import { type ContainerWorld, containerWorld, execute, stopContainer } from './helper-world.ts'

let helper: Helper
const worlds: ContainerWorld[] = []
const running = new Map<ContainerWorld, StartedContainer>()

beforeAll(async () => {
  helper = await startHelper()
})

afterEach(async () => {
  for (const world of worlds.splice(0)) {
    await stop(world)
    await world.remove()
  }
})

afterAll(async () => {
  await helper.close()
})

async function stop(world: ContainerWorld): Promise<void> {
  const container = running.get(world)
  running.delete(world)
  if (container) await stopContainer(container)
}

const subject: LiblxcSubject = {
  liblxc: liblxc(),
  extension: 'devpts_fd',
  container: async () => {
    const world = await containerWorld(['lxc.console.buffer.size = auto'])
    worlds.push(world)
    const { target } = world
    return {
      ref: target,
      start: async () => {
        const container = await helper.start(target)
        running.set(world, container)
        return container.initPid
      },
      stop: () => stop(world),
      print: async (word) => {
        await execute(helper, target, { argv: ['sh', '-c', `echo ${word} >/dev/console`] })
      },
    }
  },
}

describe('the liblxc binding on real containers', () => {
  it.each(liblxcRules.map((rule) => [rule.name, rule] as const))('%s', async (_, rule) => {
    await rule.run(subject)
  })
})

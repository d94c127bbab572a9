import { closeSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Helper, type StartedContainer, startHelper } from '../../bindings/helper/index.ts'
import { findProgram } from '../../bindings/load.ts'
import { type PlainBindings, plainBindings } from './helper-child.ts'
import {
  type ContainerWorld,
  containerWorld,
  ended,
  eventually,
  execute,
  lxcCgroups,
  pidsOf,
  stopContainer,
} from './helper-world.ts'

let plain: PlainBindings
let world: ContainerWorld

beforeAll(async () => {
  plain = await plainBindings()
  world = await containerWorld()
})

afterAll(async () => {
  await plain.remove()
  await world.remove()
})

const alive = (pid: number) => existsSync(`/proc/${pid}`) && !/\nState:\sZ/.test(status(pid))
const status = (pid: number) => readFileSync(`/proc/${pid}/status`, 'utf8')
const sleep = (helper: Helper, seconds: number) =>
  helper.exec({
    ...world.target,
    argv: ['sh', '-c', `(setsid sleep ${seconds} &) ; sleep ${seconds}`],
    env: { PATH: '/bin' },
    cwd: '/',
    uid: 0,
    gid: 0,
  })

async function adopted(helper: Helper): Promise<StartedContainer> {
  const found = await helper.adopt(world.target)
  if (found === undefined) throw new Error('the container does not run')
  return found
}

describe('a helper that is killed', () => {
  it('takes its commands with it, leaves containers alone, and is started again', async () => {
    const helper = await startHelper()
    const { initPid, initPidfd, monitorPidfd } = await helper.start(world.target)
    const command = await sleep(helper, 7101)
    await eventually('2 sleepers', async () => (await pidsOf(['sleep', '7101'])).length === 2)
    const first = helper.pid
    // The worker may still tell of the end, or be cut off before.
    process.kill(first, 'SIGKILL')
    await Promise.allSettled([command.exited])
    const found = await adopted(helper)
    expect(found.initPid).toBe(initPid)
    expect(helper.pid).not.toBe(first)
    await eventually('no sleeper', async () => (await pidsOf(['sleep', '7101'])).length === 0)
    const { pidfd, stdin = -1, stdout = -1, stderr = -1 } = command
    for (const fd of [initPidfd, monitorPidfd, pidfd, stdin, stdout, stderr]) closeSync(fd)
    await stopContainer(found)
    await helper.close()
  })

  it('rejects what it has not answered with HELPER_LOST', async () => {
    const helper = await startHelper()
    process.kill(helper.pid, 'SIGSTOP')
    const lost = helper.canIdmapMount('/proc')
    // By then it was sent; one that was not would be sent to the next helper.
    await new Promise((resolve) => setImmediate(resolve))
    process.kill(helper.pid, 'SIGKILL')
    await expect(lost).rejects.toMatchObject({ code: 'HELPER_LOST' })
    await helper.close()
    await expect(helper.canIdmapMount('/')).rejects.toMatchObject({ code: 'HELPER_CLOSED' })
  })

  it('refuses nothing to those who ask at the same time afterwards, and only one is started', async () => {
    const helper = await startHelper()
    process.kill(helper.pid, 'SIGKILL')
    await eventually('lost', () => !existsSync(`/proc/${helper.pid}/exe`) || !alive(helper.pid))
    await expect.poll(() => helper.canIdmapMount('/proc').catch(() => true)).toBe(false)
    const pid = helper.pid
    await Promise.all(Array.from({ length: 8 }, () => helper.canIdmapMount('/proc')))
    expect(helper.pid).toBe(pid)
    await helper.close()
    await eventually('the helper is gone', () => !existsSync(`/proc/${pid}`))
  })
})

describe('a parent that is killed', () => {
  it('takes the helper and all commands with it and leaves containers alone', async () => {
    const child = plain.run(`
      const helper = await startHelper()
      const target = ${JSON.stringify(world.target)}
      await helper.start(target)
      const line = { ...target, env: { PATH: '/bin' }, cwd: '/', uid: 0, gid: 0 }
      await helper.exec({ ...line, argv: ['sh', '-c', '(setsid sleep 7102 &) ; sleep 7102'] })
      await helper.run({ argv: ['/bin/sleep', '7103'] })
      console.log(JSON.stringify(helper.pid))`)
    const pid = Number(await child.next())
    await eventually('2 sleepers', async () => (await pidsOf(['sleep', '7102'])).length === 2)
    child.process.kill('SIGKILL')
    await eventually('the helper is gone', () => !alive(pid))
    await eventually('no sleeper', async () => (await pidsOf(['sleep', '7102'])).length === 0)
    expect(await pidsOf(['/bin/sleep', '7103'])).toEqual([])
    const helper = await startHelper()
    await stopContainer(await adopted(helper))
    await helper.close()
  })

  it('may end by itself while the helper is idle, and not while a command runs', async () => {
    const child = plain.run(`
      const helper = await startHelper()
      const { exited } = await helper.run({ argv: ['/bin/sleep', '0.3'] })
      void exited.then((exit) => console.log(JSON.stringify(exit)))`)
    expect(await child.next()).toEqual({ exitCode: 0 })
    expect(await child.exited).toBe(0)
  })

  it('may be a worker thread, at whose end the helper ends', async () => {
    const child = plain.run(`
      import { Worker } from 'node:worker_threads'
      const text = "import { parentPort } from 'node:worker_threads';" +
        "const { startHelper } = await import(" + JSON.stringify(INDEX) + ");" +
        "parentPort.postMessage((await startHelper()).pid)"
      const worker = new Worker(text, { eval: true })
      worker.on('message', (pid) => console.log(JSON.stringify(pid)))
      worker.on('exit', () => console.log(JSON.stringify('ended')))
      setTimeout(() => undefined, 60_000)`)
    const pid = Number(await child.next())
    expect(await child.next()).toBe('ended')
    await eventually('the helper is gone', () => !alive(pid))
    child.process.kill('SIGKILL')
  })
})

describe('a helper that works for long', () => {
  it('keeps no descriptor and no cgroup of 20 containers', { timeout: 60_000 }, async () => {
    const helper = await startHelper()
    const descriptors = () => readdirSync(`/proc/${helper.pid}/fd`)
    const before = { cgroups: lxcCgroups(), descriptors: descriptors() }
    for (let cycle = 0; cycle < 20; cycle++) {
      const container = await helper.start(world.target)
      expect((await execute(helper, world.target, { argv: ['true'] })).exitCode).toBe(0)
      await stopContainer(container)
    }
    const mine = (names: readonly string[]) => names.filter((n) => n.includes(world.target.name))
    expect(mine(lxcCgroups())).toEqual(mine(before.cgroups))
    expect(descriptors()).toEqual(before.descriptors)
    await helper.close()
  })
})

describe('a start that is aborted', () => {
  it('while a hook hangs rejects with AbortError and leaves nothing', async () => {
    const slow = await containerWorld(["lxc.hook.pre-start = /bin/sh -c 'exec sleep 7104'"])
    const helper = await startHelper()
    const abort = new AbortController()
    const refused = helper.start(slow.target, { signal: abort.signal })
    await eventually('the hook', async () => (await pidsOf(['sleep', '7104'])).length > 0)
    abort.abort()
    await expect(refused).rejects.toMatchObject({ name: 'AbortError' })
    await eventually('no hook', async () => (await pidsOf(['sleep', '7104'])).length === 0)
    expect(await helper.adopt(slow.target)).toBeUndefined()
    expect(lxcCgroups().filter((name) => name.includes(slow.target.name))).toEqual([])
    await helper.close()
    await slow.remove()
  })
})

describe('a container that reboots itself', () => {
  it('stops, and its request is noted for its owner', async () => {
    const state = join(world.directory, 'state')
    await mkdir(state)
    const hook = `${findProgram('lxworks-helper')} hook post-stop ${state}`
    const rebooting = await containerWorld([`lxc.hook.post-stop = ${hook}`])
    const helper = await startHelper()
    const container = await helper.start(rebooting.target)
    const gone = ended(container.monitorPidfd)
    const line = { ...rebooting.target, env: {}, cwd: '/', uid: 0, gid: 0 }
    await helper.exec({ ...line, argv: ['/bin/busybox', 'reboot', '-f'] })
    await gone
    expect(readdirSync(state)).toEqual(['reboot-requested'])
    expect(await helper.adopt(rebooting.target)).toBeUndefined()
    await helper.close()
    await rebooting.remove()
  })

  it('is not noted when it only stops', async () => {
    const state = join(world.directory, 'still')
    await mkdir(state)
    const hook = `${findProgram('lxworks-helper')} hook post-stop ${state}`
    const stopping = await containerWorld([`lxc.hook.post-stop = ${hook}`])
    const helper = await startHelper()
    await stopContainer(await helper.start(stopping.target))
    expect(readdirSync(state)).toEqual([])
    await helper.close()
    await stopping.remove()
  })
})

import assert from 'node:assert/strict'
import type { ContainerHandle, ContainerRef, LiblxcNative } from '../../bindings/liblxc/native.ts'

/** A liblxc under test, the real one or one in memory. */
export interface LiblxcSubject {
  readonly liblxc: LiblxcNative
  /** An API extension that it has. */
  readonly extension: string
  /** A new container, with a ring buffer for its console, that does not run yet. */
  container(): Promise<LiblxcContainer>
}

/** A container that runs, and the means to stop and start it from outside. */
export interface LiblxcContainer {
  readonly ref: ContainerRef
  /** Resolves with the host pid of its init. */
  start(): Promise<number>
  /** Resolves when nothing of it is left. */
  stop(): Promise<void>
  /** Makes it print a word on its console. */
  print(word: string): Promise<void>
}

/** One rule, as data: any runner can run it and the docs can count it. */
export interface LiblxcRule {
  readonly name: string
  /** Throws where the rule does not hold. */
  run(subject: LiblxcSubject): Promise<void>
}

interface Scene {
  readonly liblxc: LiblxcNative
  readonly container: LiblxcContainer
  readonly handle: ContainerHandle
}

/** A rule about one container that runs, and an open handle on it. */
function running(name: string, work: (scene: Scene & { readonly pid: number }) => Promise<void>) {
  return stopped(name, async (scene) => {
    const pid = await scene.container.start()
    await work({ ...scene, pid })
    await scene.container.stop()
  })
}

function stopped(name: string, work: (scene: Scene) => Promise<void>): LiblxcRule {
  return {
    name,
    async run({ liblxc, container: make }) {
      const container = await make()
      const handle = await liblxc.open(container.ref)
      await work({ liblxc, container, handle })
      handle.close()
    },
  }
}

/** Both are there on every kernel that runs containers. */
const ITEM = 'pids.max'
const KEY = 'lxc.uts.name'

/** Takes out of the ring buffer until the word has come: a console passes on what is printed a little later. */
async function printed(handle: ContainerHandle, word: string): Promise<void> {
  let log = ''
  while (!log.includes(word)) log += (await handle.consoleLog()).toString()
}

function unfit(call: () => unknown): void {
  assert.throws(call, { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
}

const library: readonly LiblxcRule[] = [
  {
    name: 'the library tells its version and what is compiled into it',
    run: async ({ liblxc, extension }) => {
      assert.match(liblxc.version, /^\d+\.\d+/)
      assert.equal(liblxc.hasApiExtension(extension), true)
      assert.equal(liblxc.hasApiExtension('no_such_extension'), false)
    },
  },
  {
    name: 'arguments of the wrong kind are refused before anything is done',
    run: async ({ liblxc, container }) => {
      const { ref } = await container()
      const wrong = (value: unknown): never => value as never
      for (const name of [undefined, 7, '', '.', '..', 'a/b', '../a', 'a\0b'])
        unfit(() => liblxc.open({ ...ref, name: wrong(name) }))
      unfit(() => liblxc.open({ ...ref, lxcPath: wrong(undefined) }))
      unfit(() => liblxc.open({ ...ref, configFile: wrong(null) }))
      unfit(() => liblxc.hasApiExtension(wrong({})))
      const handle = await liblxc.open(ref)
      unfit(() => handle.cgroupItem(wrong(undefined)))
      unfit(() => handle.setCgroupItem(ITEM, wrong(5)))
      unfit(() => handle.runningConfigItem('a\0b'))
      handle.close()
    },
  },
  {
    name: 'a configuration file that is not there is refused',
    run: async ({ liblxc, container }) => {
      const { ref } = await container()
      const configFile = '/nowhere/config'
      await assert.rejects(liblxc.open({ ...ref, configFile }), { code: 'ENOENT', errno: -2 })
    },
  },
]

const still: readonly LiblxcRule[] = [
  stopped(
    'a container that does not run has no process, no cgroup and no console',
    async (scene) => {
      const { handle } = scene
      assert.equal(await handle.state(), 'STOPPED')
      assert.equal(await handle.initPid(), undefined)
      assert.equal(await handle.cgroupItem(ITEM), undefined)
      assert.equal(await handle.runningConfigItem(KEY), undefined)
      await assert.rejects(handle.setCgroupItem(ITEM, '100'), Error)
      await assert.rejects(handle.consoleLog(), Error)
      await assert.rejects(handle.freeze(), Error)
      await handle.unfreeze()
    },
  ),
  stopped('a closed handle refuses, and may be closed again', async ({ handle }) => {
    handle.close()
    handle.close()
    await assert.rejects(handle.state(), { code: 'EBADF' })
    await assert.rejects(handle.freeze(), { code: 'EBADF' })
  }),
]

const alive: readonly LiblxcRule[] = [
  running('a handle follows its container through start and stop', async (scene) => {
    const { handle, container, pid } = scene
    assert.equal(await handle.state(), 'RUNNING')
    assert.equal(await handle.initPid(), pid)
    await container.stop()
    assert.equal(await handle.state(), 'STOPPED')
    assert.equal(await handle.initPid(), undefined)
    assert.equal(await handle.initPid(), undefined)
    const again = await container.start()
    assert.equal(await handle.initPid(), again)
  }),
  running(
    'cgroup files are read and written, by every handle',
    async ({ liblxc, container, handle }) => {
      const other = await liblxc.open(container.ref)
      await handle.setCgroupItem(ITEM, '1234')
      assert.equal(await other.cgroupItem(ITEM), '1234')
      assert.equal(await handle.cgroupItem('no.such'), undefined)
      await assert.rejects(handle.setCgroupItem('no.such', '1'), { code: 'ENOENT', errno: -2 })
      other.close()
    },
  ),
  running('what it runs with can be asked for', async ({ handle, container }) => {
    assert.equal(await handle.runningConfigItem(KEY), container.ref.name)
    assert.equal(await handle.runningConfigItem('lxc.no.such'), undefined)
  }),
  running('freezing and thawing are silent the second time', async ({ handle }) => {
    for (const _ of ['once', 'again']) await handle.freeze()
    assert.equal(await handle.state(), 'FROZEN')
    for (const _ of ['once', 'again']) await handle.unfreeze()
    assert.equal(await handle.state(), 'RUNNING')
  }),
  running('what is read from the console is taken out, and can be thrown away', async (scene) => {
    const { handle, container } = scene
    assert.equal((await handle.consoleLog()).length, 0)
    await container.print('first')
    await printed(handle, 'first')
    assert.equal((await handle.consoleLog({ clear: true })).length, 0)
    await container.print('second')
    await printed(handle, 'second')
  }),
  running(
    'calls on one handle are done in order, also those made before it was closed',
    async (scene) => {
      const { handle } = scene
      const calls = [handle.freeze(), handle.state(), handle.unfreeze(), handle.state()]
      handle.close()
      assert.deepEqual(await Promise.all(calls), [undefined, 'FROZEN', undefined, 'RUNNING'])
    },
  ),
]

/** What the liblxc binding promises, for the real library and for one in memory. */
export const liblxcRules: readonly LiblxcRule[] = [...library, ...still, ...alive]

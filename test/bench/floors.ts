import { closeSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type ContainerTarget,
  type ExecProcess,
  type Helper,
  type IdMap,
  type StartedContainer,
  startHelper,
} from '../../bindings/helper/index.ts'
import { linux } from '../../bindings/linux/index.ts'
import type { BenchImage } from './image.ts'
import { type Samples, timed } from './rows.ts'

const FIRST_ID = 1_650_000_000
const IDS = 65_536
const SIGKILL = 9

const IDMAP: IdMap = [
  { kind: 'uid', nsId: 0, hostId: FIRST_ID, count: IDS },
  { kind: 'gid', nsId: 0, hostId: FIRST_ID, count: IDS },
]

/** What the same work costs with nothing around it: no records, no plan, no network, no HTTP. */
export interface Floor {
  sample(): Promise<Samples>
  close(): Promise<void>
}

/** The resident helper on the image's own archive: unpack, start, attach and run `true`, kill, remove. */
export async function openFloor(place: string, image: BenchImage): Promise<Floor> {
  const helper = await startHelper()
  const directory = join(place, 'floor')
  return {
    sample: async () => {
      await mkdir(join(directory, 'rootfs'), { recursive: true })
      const bare = await bareLife(helper, { directory, archive: image.path })
      const remove = await timed(() => helper.removeTree(directory))
      return new Map([...bare, ['delete', remove]])
    },
    close: () => helper.close(),
  }
}

interface Bare {
  readonly directory: string
  readonly archive: string
}

async function bareLife(helper: Helper, { directory, archive }: Bare): Promise<Samples> {
  const create = await timed(async () => {
    await helper.unpack({
      archive,
      target: directory,
      limits: { bytes: 1e9, entries: 1e6, timeMs: 60_000 },
      only: ['rootfs'],
      idmap: IDMAP,
    })
  })
  const target = await bareTarget(directory)
  let container: StartedContainer | undefined
  const start = await timed(async () => {
    container = await helper.start(target)
  })
  if (container === undefined) throw new Error('the floor has no container')
  await execTrue(helper, target)
  const exec = await timed(() => execTrue(helper, target))
  const stop = await timed(() => kill(container))
  return new Map([
    ['create', create],
    ['start', start],
    ['exec', exec],
    ['stop', stop],
  ])
}

async function bareTarget(directory: string): Promise<ContainerTarget> {
  const target = {
    name: 'bench-floor',
    lxcPath: join(directory, 'lxc'),
    configFile: join(directory, 'config'),
  }
  await mkdir(join(target.lxcPath, target.name), { recursive: true })
  const lines = [
    `lxc.uts.name = ${target.name}`,
    `lxc.rootfs.path = dir:${directory}/rootfs`,
    `lxc.idmap = u 0 ${FIRST_ID} ${IDS}`,
    `lxc.idmap = g 0 ${FIRST_ID} ${IDS}`,
    'lxc.mount.auto = proc:rw sys:rw',
    'lxc.net.0.type = empty',
    'lxc.autodev = 1',
  ]
  await writeFile(target.configFile, `${lines.join('\n')}\n`)
  return target
}

async function execTrue(helper: Helper, target: ContainerTarget): Promise<void> {
  const request = { ...target, argv: ['/bin/true'], env: {}, cwd: '/', uid: 0, gid: 0 }
  const process = await helper.exec(request)
  const { exitCode } = await process.exited
  closeEnds(process)
  if (exitCode !== 0) throw new Error(`the floor's true ended with ${exitCode}`)
}

function closeEnds({ pidfd, stdin, stdout, stderr }: ExecProcess): void {
  for (const fd of [pidfd, stdin, stdout, stderr]) if (fd !== undefined) closeSync(fd)
}

/** Until the monitor has ended, which is when the cgroups are gone. */
async function kill(container: StartedContainer | undefined): Promise<void> {
  if (container === undefined) return
  const native = linux()
  native.pidfdSignal(container.initPidfd, SIGKILL)
  await new Promise<void>((resolve) => {
    const keepAlive = setInterval(() => undefined, 1000)
    const watch = native.watchPidfd(container.monitorPidfd, () => {
      clearInterval(keepAlive)
      watch.close()
      resolve()
    })
  })
  closeSync(container.initPidfd)
  closeSync(container.monitorPidfd)
}

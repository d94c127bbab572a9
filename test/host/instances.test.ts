import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, it } from 'vitest'
import type { Instance } from '../../lib/index.ts'
import { type HostWorld, IMAGE, openHostWorld } from './host-world.ts'
import { machine, NOTHING } from './machine.ts'

let world: HostWorld

beforeAll(async () => {
  world = await openHostWorld()
})

afterAll(async () => {
  await world.close()
  assert.deepEqual(await machine(world.mark), NOTHING)
})

describe('a launched container', () => {
  let box: Instance

  beforeAll(async () => {
    box = await world.host.instances.launch({
      name: world.name('box'),
      image: IMAGE,
      config: {
        'limits.memory': '64MiB',
        'limits.processes': '1000',
        'environment.FROM': 'config',
      },
      devices: world.devices,
      wait: { kind: 'address' },
    })
  })

  afterAll(() => box.delete({ force: true }))

  it('has an address, processes and memory in its state', async () => {
    const state = await box.state()
    assert.equal(state.status, 'Running')
    assert.ok(state.processes > 0)
    assert.ok(state.memory.usageBytes > 0)
    assert.ok(
      state.network?.eth0?.addresses.some(
        ({ family, scope }) => family === 'inet' && scope === 'global',
      ),
    )
    assert.match(state.network?.eth0?.hostName ?? '', /^veth/)
  })

  it('runs as an unprivileged user of the host', async () => {
    const { pid } = await box.state()
    const status = await readFile(`/proc/${pid}/status`, 'utf8')
    assert.ok(Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]) >= 65_536)
  })

  it('starts init with the default signals, so that pipes inside behave', async () => {
    const { stdout } = await box.exec(['grep', 'SigIgn', '/proc/self/status'])
    assert.match(stdout, /SigIgn:\s+0+\n/)
  })

  it('keeps the exit code and both streams of a command apart', async () => {
    const outcome = await box.exec(['sh', '-c', 'echo out; echo err >&2; exit 7'])
    assert.deepEqual({ ...outcome }, { exitCode: 7, stdout: 'out\n', stderr: 'err\n' })
  })

  it('gives a command its input, directory, environment and user', async () => {
    const script = 'cat; pwd; echo $FROM $OWN; id -u; id -g'
    const { stdout } = await box.exec(['sh', '-c', script], {
      input: 'in\n',
      cwd: '/tmp',
      env: { OWN: 'call' },
      uid: 65534,
      gid: 65534,
    })
    assert.equal(stdout, 'in\n/tmp\nconfig call\n65534\n65534\n')
  })

  it('tells a missing command, one that cannot run, and a missing directory apart', async () => {
    await assert.rejects(box.exec(['nothing-here']), { code: 'INSTANCE_COMMAND_NOT_FOUND' })
    await assert.rejects(box.exec(['/etc/passwd']), { code: 'INSTANCE_COMMAND_NOT_EXECUTABLE' })
    await assert.rejects(box.exec(['true'], { cwd: '/nowhere' }), {
      code: 'INSTANCE_CWD_NOT_FOUND',
    })
  })

  it('hands chunks out as they come and ends with the exit', async () => {
    const chunks: string[] = []
    for await (const chunk of box.exec(['sh', '-c', 'echo one; sleep 0.1; echo two >&2; exit 3'])) {
      chunks.push(
        chunk.from === 'exit'
          ? `exit ${chunk.exitCode}`
          : `${chunk.from} ${Buffer.from(chunk.data)}`,
      )
    }
    assert.deepEqual(chunks, ['stdout one\n', 'stderr two\n', 'exit 3'])
  })

  it('ends a command whose child keeps the output open', async () => {
    const { stdout } = await box.exec(['sh', '-c', 'echo done; sleep 30 &'])
    assert.equal(stdout, 'done\n')
    await box.exec(['killall', 'sleep'])
  })

  it('runs a command on a terminal of its own size', async () => {
    // A terminal is hung up with its first process, and the kernel drops what it has not passed on by then.
    const { stdout, exitCode } = await box.exec(['sh', '-c', 'tty; stty size; sleep 0.1'], {
      pty: { columns: 101, rows: 33 },
    })
    assert.equal(exitCode, 0)
    assert.match(stdout, /^\/dev\/pts\/\d+\r\n33 101\r\n$/)
  })

  it('kills a command with everything it started when it takes too long', async () => {
    const script = '(setsid sleep 4321 &) ; setsid sleep 4322 & sleep 4323'
    await assert.rejects(box.exec(['sh', '-c', script], { timeoutMs: 300 }), {
      code: 'INSTANCE_EXEC_TIMEOUT',
    })
    assert.doesNotMatch((await box.exec(['ps'])).stdout, /sleep 432\d/)
  })

  it('kills a command with everything it started when the caller gives up', async () => {
    const signal = AbortSignal.timeout(300)
    await assert.rejects(box.exec(['sh', '-c', '(setsid sleep 5321 &) ; sleep 5322'], { signal }), {
      kind: 'cancelled',
    })
    assert.doesNotMatch((await box.exec(['ps'])).stdout, /sleep 532\d/)
  })

  it('kills a command when the loop over it is left', async () => {
    for await (const chunk of box.exec(['sh', '-c', 'echo started; sleep 6321'])) {
      if (chunk.from === 'stdout') break
    }
    assert.doesNotMatch((await box.exec(['ps'])).stdout, /sleep 6321/)
  })

  it('delivers every byte and exit code of many commands at once', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        box.exec(['sh', '-c', `seq 1 5000; exit ${index % 100}`]),
      ),
    )
    for (const [index, { exitCode, stdout }] of outcomes.entries()) {
      assert.equal(exitCode, index % 100)
      assert.equal(stdout.length, 23_893)
    }
  })

  it('takes files in and gives them out, of any size', async () => {
    const large = Buffer.alloc(5_000_000, 'x')
    await box.files.write('/root/large', large, { mode: 0o640, uid: 5, gid: 6 })
    assert.equal((await box.files.read('/root/large')).compare(large), 0)
    const { mode, uid, gid, sizeBytes } = await box.files.stat('/root/large')
    assert.deepEqual(
      { mode: mode & 0o7777, uid, gid, sizeBytes },
      { mode: 0o640, uid: 5, gid: 6, sizeBytes: 5_000_000 },
    )
    await box.files.write('/root/large', 'more', { append: true })
    assert.equal((await box.exec(['sh', '-c', 'wc -c < /root/large'])).stdout.trim(), '5000004')
  })

  it('keeps files of the host out of reach of links inside', async () => {
    const canary = `${world.root}/canary`
    await writeFile(canary, 'host')
    await box.exec(['ln', '-s', canary, '/root/out'])
    await assert.rejects(box.files.read('/root/out'), { code: 'INSTANCE_FILE_NOT_FOUND' })
    await assert.rejects(box.files.write('/root/out', 'guest'), { code: 'INSTANCE_FILE_NOT_FOUND' })
    assert.equal(await readFile(canary, 'utf8'), 'host')
  })

  it('has the limits that it was given, and takes new ones while it runs', async () => {
    const limit = async () =>
      (
        await box.exec(['sh', '-c', 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null'])
      ).stdout.trim()
    const { pid } = await box.state()
    const group = /:memory:(.*)/.exec(await readFile(`/proc/${pid}/cgroup`, 'utf8'))?.[1]
    const host = async () =>
      (await readFile(`/sys/fs/cgroup/memory${group}/memory.limit_in_bytes`, 'utf8')).trim()
    assert.equal(await host(), String(64 * 1024 ** 2))
    const { config } = await box.record()
    await box.update({ config: { ...config, 'limits.memory': '96MiB' } })
    assert.equal(await host(), String(96 * 1024 ** 2))
    assert.notEqual(await limit(), '0')
  })

  it('freezes and thaws', async () => {
    await box.freeze()
    assert.equal((await box.state()).status, 'Frozen')
    await assert.rejects(box.exec(['true']), { code: 'INSTANCE_FROZEN' })
    await box.thaw()
    assert.equal((await box.exec(['true'])).exitCode, 0)
  })

  it('restarts, and is another process then', async () => {
    const before = (await box.state()).pid
    await box.restart({ force: true })
    const after = (await box.state()).pid
    assert.ok(after > 0 && after !== before)
  })

  it('is refused a second start, and a deletion while it runs', async () => {
    await assert.rejects(box.start(), { code: 'INSTANCE_WRONG_STATUS' })
    await assert.rejects(box.delete(), { code: 'INSTANCE_WRONG_STATUS' })
  })
})

describe('a root disk that is read-only', () => {
  it('cannot be written to from inside, and the container runs all the same', async () => {
    await using box = await world.host.instances.launch({
      name: world.name('readonly'),
      image: IMAGE,
      devices: { root: { type: 'disk', path: '/', pool: 'default', readonly: 'true' } },
    })
    const { stderr, exitCode } = await box.exec(['touch', '/root/new'])
    assert.match(stderr, /Read-only file system/)
    assert.equal(exitCode, 1)
    assert.equal((await box.exec(['touch', '/dev/new'])).exitCode, 0)
  })
})

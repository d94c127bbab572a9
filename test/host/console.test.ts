import assert from 'node:assert/strict'
import { afterAll, afterEach, beforeAll, describe, it, vi } from 'vitest'
import { startHelper } from '../../bindings/helper/index.ts'
import { linux } from '../../bindings/linux/index.ts'
import type { HostEvent, Instance, InstanceConsole } from '../../lib/index.ts'
import { type HostWorld, IMAGE, openHostWorld } from './host-world.ts'

let world: HostWorld
let box: Instance

beforeAll(async () => {
  world = await openHostWorld()
  const { disk } = world
  box = await world.host.instances.create({ name: world.name('c'), image: IMAGE, devices: disk })
  await box.start()
})

afterAll(async () => {
  await world.close()
})

const attached: InstanceConsole[] = []

afterEach(async () => {
  for (const each of attached.splice(0)) await each.detach()
})

async function attach(options?: Parameters<Instance['console']>[0]) {
  const line = await box.console(options)
  attached.push(line)
  let seen = ''
  line.on('data', (chunk: Buffer) => {
    seen += String(chunk)
  })
  return {
    line,
    seen: () => seen,
    shows: (text: string) => vi.waitFor(() => assert.ok(seen.includes(text), seen), 10_000),
  }
}

const inside = (script: string) => box.exec(['sh', '-c', script], { input: '' })

describe('the console of a container', () => {
  it('shows what is printed, byte for byte, and takes what is typed', async () => {
    const { line, shows, seen } = await attach()
    await inside('echo printed >/dev/console')
    await shows('printed\r\n')
    const answer = inside('head -n 1 </dev/console')
    line.write('typed\r')
    assert.equal((await answer).stdout, 'typed\n')
    await shows('typed\r\n')
    assert.equal(seen(), 'printed\r\ntyped\r\n')
  })

  it('has the size that whoever attaches gives it, at first and later', async () => {
    const { line } = await attach({ columns: 101, rows: 33 })
    assert.equal((await inside('stty size </dev/console')).stdout, '33 101\n')
    line.resize({ columns: 120, rows: 50 })
    assert.equal((await inside('stty size </dev/console')).stdout, '50 120\n')
  })

  it('is for one at a time, and for the next as soon as it is given back', async () => {
    for (let round = 1; round <= 5; round++) {
      const { line, shows } = await attach()
      await assert.rejects(box.console(), { kind: 'busy', code: 'INSTANCE_CONSOLE_IN_USE' })
      await inside(`echo round ${round} >/dev/console`)
      await shows(`round ${round}\r\n`)
      if (round % 2 === 0) line.end()
      else void line.detach()
    }
  })

  it('is given back when the signal aborts, before or after', async () => {
    const abort = new AbortController()
    const { line } = await attach({ signal: abort.signal })
    const closed = new Promise((resolve) => line.once('close', resolve))
    abort.abort()
    await closed
    await assert.rejects(box.console({ signal: AbortSignal.abort() }))
    await attach()
  })

  it('tells that somebody took it', async () => {
    const told: HostEvent[] = []
    const stop = world.host.events.subscribe((event) => told.push(event))
    await attach()
    stop()
    const events = told.map((event) => event.type === 'lifecycle' && { ...event, at: undefined })
    assert.deepEqual(events.filter(Boolean), [
      {
        ...{ type: 'lifecycle', at: undefined, project: 'default', action: 'instance-console' },
        ...{ source: `/1.0/instances/${box.name}`, context: { type: 'console' } },
      },
    ])
  })

  it('takes all of a long text when somebody inside reads it', async () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index}`)
    const { line } = await attach()
    const count = box.exec(['sh', '-c', 'stty -echo </dev/console; head -n 20000 </dev/console'], {
      input: '',
    })
    await count.started
    line.write(`${lines.join('\r')}\r`)
    assert.ok((await count).stdout === `${lines.join('\n')}\n`)
  })

  it('does not hold the container up when nobody reads what it prints', async () => {
    const line = await box.console()
    attached.push(line)
    await inside('seq 1 100000 >/dev/console')
    assert.equal((await box.state()).status, 'Running')
    assert.match((await box.consoleLog()).toString(), /\r\n100000\r\n$/)
  })

  it('does not hold it up when nobody inside reads what is typed, however often', async () => {
    for (let round = 0; round < 8; round++) {
      const line = await box.console()
      line.write('\r')
      line.write('x'.repeat(64 * 1024))
      line.write('line\r'.repeat(4_000))
      await inside('true')
      await line.detach()
    }
    assert.equal((await box.state()).status, 'Running')
  })

  it('is free again, and the container well, when the process that has it is killed in a flood', async () => {
    const helper = await startHelper()
    const target = {
      name: box.name,
      lxcPath: `${world.root}/containers`,
      configFile: `${box.logDirectory()}/lxc.conf`,
    }
    const { line, inside: terminal, ended } = await helper.console(target)
    // Whoever relays it may still tell its end before it goes with its helper.
    const lost = ended.catch((error: unknown) =>
      assert.equal((error as { readonly code: string }).code, 'HELPER_LOST'),
    )
    const flood = box.exec(['sh', '-c', 'while :; do seq 1 10000 >/dev/console; done'])
    await flood.started
    process.kill(helper.pid, 'SIGKILL')
    await lost
    for (const fd of [line, terminal]) linux().close(fd)
    const { seen } = await vi.waitFor(() => attach(), 10_000)
    await vi.waitFor(() => assert.notEqual(seen(), ''), 10_000)
    assert.equal((await box.state()).status, 'Running')
    flood.kill('SIGKILL', 'tree')
    await flood.exited
    await helper.close()
  })

  it('ends when the container stops, and is refused until it runs again', async () => {
    const { line } = await attach()
    const ended = new Promise((resolve) => line.once('close', resolve))
    await box.stop({ force: true })
    await ended
    line.write('too late')
    await assert.rejects(box.console(), { kind: 'invalid', code: 'INSTANCE_NOT_RUNNING' })
    await box.start()
    const { shows } = await attach()
    await inside('echo again >/dev/console')
    await shows('again\r\n')
  })

  it('is refused while the container is frozen', async () => {
    await box.freeze()
    await assert.rejects(box.console(), { kind: 'invalid', code: 'INSTANCE_FROZEN' })
    await box.thaw()
  })
})

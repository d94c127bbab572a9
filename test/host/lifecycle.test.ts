import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, it } from 'vitest'
import type { Instance, LifecycleEvent } from '../../lib/index.ts'
import { type HostWorld, IMAGE, openHostWorld } from './host-world.ts'
import { machine, NOTHING } from './machine.ts'

let world: HostWorld
let box: Instance

beforeAll(async () => {
  world = await openHostWorld()
  box = await world.host.instances.create({
    name: world.name('box'),
    image: IMAGE,
    devices: world.disk,
  })
})

afterAll(async () => {
  await world.close()
  assert.deepEqual(await machine(world.mark), NOTHING)
})

/** What is told of the instance while the work is done: action, the rest of its path, context. */
async function told(work: () => PromiseLike<unknown>): Promise<readonly unknown[]> {
  const events: LifecycleEvent[] = []
  const stop = world.host.events.subscribe((event) => {
    if (event.type === 'lifecycle') events.push(event)
  })
  await work()
  stop()
  return events.map(({ action, source, context }) => {
    const part = source.replace(`/1.0/instances/${box.name}`, '')
    return [action, ...(part === '' ? [] : [part]), ...(context ? [context] : [])]
  })
}

describe('what happens to an instance is told in LXD’s words', () => {
  it('from its start', async () => {
    assert.deepEqual(await told(() => box.start()), [['instance-started']])
  })

  it('when a command runs in it, or was tried to, but not for what the library asks itself', async () => {
    const command = ['echo', 'hi'] as const
    assert.deepEqual(await told(() => box.exec(command)), [['instance-exec', { command }]])
    const missing = ['nothing-here'] as const
    assert.deepEqual(await told(() => box.exec(missing).catch(() => undefined)), [
      ['instance-exec', { command: missing }],
    ])
    assert.deepEqual(await told(() => box.ready({ kind: 'command', argv: ['true'] })), [])
  })

  it('when its files are written, read and removed, with both spellings of their paths', async () => {
    const { files } = box
    const path = '/root/file'
    assert.deepEqual(await told(() => files.write(path, 'text', { mode: 0o600, uid: 5 })), [
      [
        'instance-file-pushed',
        {
          path,
          'file-destination': path,
          info: { type: 'file', uid: 5, mode: '0600', write: 'overwrite' },
        },
      ],
    ])
    const source = `${world.root}/from`
    await writeFile(source, 'text')
    assert.deepEqual(await told(() => files.copyIn(source, path, { append: true })), [
      [
        'instance-file-pushed',
        {
          path,
          'file-source': source,
          'file-destination': path,
          info: { type: 'file', write: 'append' },
        },
      ],
    ])
    assert.deepEqual(await told(() => files.read(path)), [
      ['instance-file-retrieved', { path, 'file-source': path }],
    ])
    const destination = `${world.root}/to`
    assert.deepEqual(await told(() => files.copyOut(path, destination)), [
      ['instance-file-retrieved', { path, 'file-source': path, 'file-destination': destination }],
    ])
    assert.deepEqual(await told(() => files.remove(path)), [
      ['instance-file-deleted', { path, file: path }],
    ])
    assert.deepEqual(await told(() => files.stat('/root')), [])
    assert.deepEqual(await told(() => files.read(path).catch(() => undefined)), [])
  })

  it('when its logs and its console log are read and removed', async () => {
    await writeFile(`${box.logDirectory()}/exec_1.stdout`, 'out')
    assert.ok((await box.logs.list()).includes('exec_1.stdout'))
    const reading = async () => {
      for await (const _ of (await box.logs.open('exec_1.stdout')).content);
    }
    assert.deepEqual(await told(reading), [['instance-log-retrieved', '/logs/exec_1.stdout']])
    assert.deepEqual(await told(() => box.logs.delete('exec_1.stdout')), [
      ['instance-log-deleted', '/logs/exec_1.stdout'],
    ])
    await assert.rejects(box.logs.delete('lxc.conf'), { code: 'INSTANCE_LOG_KEPT' })
    await assert.rejects(box.logs.open('../lxc.conf'), { kind: 'invalid' })
    await assert.rejects(box.logs.open('plan.json'), { code: 'INSTANCE_BAD_LOG_NAME' })
    await assert.rejects(box.logs.open('exec_1.stdout'), { code: 'INSTANCE_LOG_NOT_FOUND' })
    assert.deepEqual(await told(() => box.consoleLog()), [['instance-console-retrieved']])
    assert.deepEqual(await told(() => box.clearConsoleLog()), [['instance-console-reset']])
  })

  it('when its image is taken out, and when an operation is cancelled', async () => {
    const { fingerprint } = await world.host.images.resolve(IMAGE)
    assert.deepEqual(await told(() => world.host.images.files(fingerprint)), [
      ['image-retrieved', `/1.0/images/${fingerprint}`],
    ])
    const { operations } = world.host
    const waiting = operations.start(
      { description: 'Waiting' },
      ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', reject)),
    )
    const cancelled = await told(() => operations.cancel(waiting.id))
    assert.deepEqual(cancelled, [['operation-cancelled', `/1.0/operations/${waiting.id}`]])
  })

  it('to its end', async () => {
    assert.deepEqual(await told(() => box.stop({ force: true })), [['instance-stopped']])
    const name = world.name('other')
    const [renamed] = await told(() => box.rename(name))
    assert.deepEqual(renamed, ['instance-renamed', { old_name: world.name('box') }])
    assert.deepEqual(await told(() => box.delete()), [['instance-deleted']])
    const made = await told(() =>
      world.host.instances.create({ name, image: IMAGE, devices: world.disk }),
    )
    assert.deepEqual(made, [['instance-created', { type: 'container', 'storage-pool': 'default' }]])
  })
})

import assert from 'node:assert/strict'
import { afterAll, beforeAll, describe, it } from 'vitest'
import type { Instance } from '../../lib/index.ts'
import { type HostWorld, IMAGE, openHostWorld } from './host-world.ts'

let world: HostWorld
let box: Instance

beforeAll(async () => {
  world = await openHostWorld()
  const { disk } = world
  box = await world.host.instances.create({ name: world.name('c'), image: IMAGE, devices: disk })
})

afterAll(async () => {
  await world.close()
})

const log = async (): Promise<string> => (await box.consoleLog()).toString()
const print = (text: string) => box.exec(['sh', '-c', `echo ${text} >/dev/console`])
const printed = (text: string) => box.ready({ kind: 'log', pattern: new RegExp(text) })

describe('the console log of a container', () => {
  it('is not there before the first start', async () => {
    await assert.rejects(box.consoleLog(), { kind: 'notFound', code: 'INSTANCE_NO_CONSOLE_LOG' })
    await assert.rejects(box.clearConsoleLog(), { kind: 'notFound' })
  })

  it('is the same at every reading, and grows', async () => {
    await box.start()
    await print('first')
    await printed('first')
    assert.equal(await log(), await log())
    await print('second')
    await printed('second')
    assert.match(await log(), /first\r\n(.*\r\n)*second\r\n/)
  })

  it('is empty once it was cleared, until more is printed', async () => {
    await box.clearConsoleLog()
    assert.equal(await log(), '')
    await print('third')
    await printed('third')
    assert.equal(await log(), 'third\r\n')
  })

  it('keeps the end of a flood, and takes no more of the disk than that', async () => {
    await box.exec(['sh', '-c', 'seq 1 100000 >/dev/console; echo done >/dev/console'])
    await printed('done')
    const kept = await box.consoleLog()
    assert.ok(kept.length >= 128 * 1024 && kept.length <= 256 * 1024, `${kept.length} bytes`)
    const lines = kept.toString().split('\r\n')
    assert.deepEqual(lines.slice(-3), ['100000', 'done', ''])
    const numbers = lines.slice(-1002, -2).map(Number)
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => 99_001 + index),
    )
  })

  it('stays when the container has stopped, and can be cleared then', async () => {
    await box.stop({ force: true })
    assert.match(await log(), /done/)
    await box.clearConsoleLog()
    assert.equal(await log(), '')
  })

  it('begins anew with every start', async () => {
    await box.start()
    await print('before')
    await printed('before')
    await box.restart({ force: true })
    assert.doesNotMatch(await log(), /before/)
    await print('after')
    await printed('after')
  })
})

import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { machine, NOTHING } from '../host/machine.ts'
import { type Begun, begin, beginOnTerminal } from './begun.ts'
import { type ClientWorld, openClientWorld } from './world.ts'

let world: ClientWorld
let login: Begun

beforeAll(async () => {
  world = await openClientWorld()
  await world.serve()
  await world.furnish()
  await world.done('launch', 'busybox', 'c1')
  // What a getty does.
  const shell = 'exec setsid sh -c "exec sh -i </dev/console >/dev/console 2>&1"'
  login = begin(
    ['lxc', 'exec', 'c1', '--mode', 'non-interactive', '--', 'sh', '-c', shell],
    world.env,
  )
})

afterAll(async () => {
  await login.end('SIGKILL')
  await world.close()
  await vi.waitFor(async () => expect(await machine(world.mark)).toEqual(NOTHING), 5_000)
})

/** The client sees the two keys only when it reads them one after the other. */
async function leave(console: Begun): Promise<number | null> {
  for (let hasEnded = false; !hasEnded; ) {
    console.type('\u0001')
    await sleep(200)
    console.type('q')
    hasEnded = await Promise.race([console.ended.then(() => true), sleep(1_000, false)])
  }
  return console.ended
}

describe('lxc console', () => {
  it('is a shell of the container, left and taken again several times', async () => {
    for (const round of [1, 2, 3]) {
      const console = beginOnTerminal('stty rows 33 cols 101; exec lxc console c1', world.env)
      await console.shows('To detach from the console')
      console.type(`echo round $((${round} + 40)); stty size\r`)
      await console.shows(`round ${round + 40}`)
      await console.shows('33 101')
      expect(await leave(console)).toBe(0)
    }
  })

  it('is for one at a time', async () => {
    const first = beginOnTerminal('lxc console c1', world.env)
    await first.shows('To detach')
    first.type('echo first $((1 + 1))\r')
    await first.shows('first 2')
    const second = beginOnTerminal('lxc console c1', world.env)
    await second.shows(/console of c1 is in use already/)
    expect(await second.ended).not.toBe(0)
    first.type('echo still $((2 + 2))\r')
    await first.shows('still 4')
    expect(await leave(first)).toBe(0)
  })

  it('--show-log shows what was printed, also by others', async () => {
    const { stdout } = await world.run('lxc', 'console', 'c1', '--show-log')
    expect(stdout).toContain('round 41')
    expect(stdout).toContain('still 4')
  })

  it('ends when the container stops, and is refused then', async () => {
    const console = beginOnTerminal('lxc console c1', world.env)
    await console.shows('To detach')
    console.type('echo here $((3 + 3))\r')
    await console.shows('here 6')
    await world.done('stop', '--force', 'c1')
    expect(await console.ended).toBe(0)
    const refused = beginOnTerminal('lxc console c1', world.env)
    await refused.shows('Instance is not running')
    expect(await refused.ended).not.toBe(0)
  })
})

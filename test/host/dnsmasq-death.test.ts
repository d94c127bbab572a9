import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type HostWorld, openHostWorld } from './host-world.ts'

let world: HostWorld

beforeEach(async () => {
  world = await openHostWorld()
})

afterEach(() => world.close())

/** The dnsmasq of the world's network, while it lives. */
async function dnsmasq(): Promise<number | undefined> {
  const directory = `${world.root}/networks/${world.network}`
  const pid = Number(await readFile(`${directory}/dnsmasq.pid`, 'utf8'))
  const argv = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return argv.includes(`--conf-file=${directory}/dnsmasq.conf`) ? pid : undefined
}

it('a dnsmasq that was killed while nobody looked is there again after the next start of a host', async () => {
  const before = await dnsmasq()
  process.kill(Number(before), 'SIGKILL')
  await vi.waitFor(async () => expect(await dnsmasq()).toBeUndefined())
  const next = await world.again()
  expect(await dnsmasq()).not.toBe(before)
  expect(await dnsmasq()).toBeDefined()
  expect(await next.networks.get(world.network)).toMatchObject({ status: 'Created' })
  await next[Symbol.asyncDispose]()
})

it('a dnsmasq that lives is left alone by the next start of a host', async () => {
  const before = await dnsmasq()
  expect(before).toBeDefined()
  const next = await world.again()
  expect(await dnsmasq()).toBe(before)
  await next[Symbol.asyncDispose]()
})

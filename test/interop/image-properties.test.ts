import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tar } from '../host/tar-file.ts'
import { disk as qcow2Disk } from '../hostile/hostile-disks.ts'
import { METADATA } from '../hostile/image-file.ts'
import { type ClientWorld, openClientWorld } from './world.ts'

let world: ClientWorld
let fingerprint: string

beforeAll(async () => {
  world = await openClientWorld()
  await world.serve()
  await world.furnish()
  fingerprint = await fingerprintOf('busybox')
}, 120_000)

afterAll(() => world.close(), 120_000)

async function fingerprintOf(alias: string): Promise<string> {
  const listed = await world.done('image', 'alias', 'list', '--format', 'json')
  const all = JSON.parse(listed) as readonly { readonly name: string; readonly target: string }[]
  return all.find(({ name }) => name === alias)?.target ?? ''
}

/** Names, short fingerprints, types and descriptions, as the client lists them. */
async function aliases(...filters: readonly string[]): Promise<readonly string[]> {
  const listed = await world.done('image', 'alias', 'list', '--format', 'csv', ...filters)
  return listed.split('\n').filter((line) => line !== '')
}

describe('lxc image alias', () => {
  it('makes, describes, lists, renames and deletes names', async () => {
    const short = fingerprint.slice(0, 12)
    await world.done('image', 'alias', 'create', 'a/b:c', fingerprint)
    expect(await aliases()).toEqual([`a/b:c,${short},CONTAINER,`, `busybox,${short},CONTAINER,`])
    expect(await aliases('a/')).toHaveLength(1)
    const taken = await world.lxc('image', 'alias', 'create', 'busybox', fingerprint)
    expect([taken.exitCode, taken.stderr]).toEqual([1, expect.stringContaining('already exists')])
    await world.done('image', 'alias', 'rename', 'a/b:c', 'd')
    expect(await fingerprintOf('d')).toBe(fingerprint)
    expect((await world.lxc('image', 'alias', 'rename', 'd', 'busybox')).exitCode).toBe(1)
    expect((await world.lxc('image', 'alias', 'rename', 'a/b:c', 'e')).exitCode).toBe(1)
    await world.done('image', 'alias', 'delete', 'd')
    expect((await world.lxc('image', 'alias', 'delete', 'd')).exitCode).toBe(1)
    expect(await aliases()).toEqual([`busybox,${short},CONTAINER,`])
  })

  it('tells the name of a virtual machine from that of a container', async () => {
    const [metadata, disk] = ['machine.tar', 'machine.img'].map((one) => join(world.directory, one))
    await writeFile(metadata ?? '', tar(METADATA))
    await writeFile(disk ?? '', qcow2Disk())
    await world.done('image', 'import', metadata ?? '', disk ?? '', '--alias', 'machine')
    const machine = await fingerprintOf('machine')
    expect(await aliases('machine')).toEqual([`machine,${machine.slice(0, 12)},VIRTUAL-MACHINE,`])
    const list = (type: string) =>
      world.done('image', 'list', `type=${type}`, '--format', 'csv', '-c', 'l')
    expect(await list('virtual-machine')).toBe('machine\n')
    expect(await list('container')).toBe('busybox\n')
    for (const argv of [
      ['machine', 'c1'],
      ['busybox', 'c1', '--vm'],
    ]) {
      const { exitCode, stderr } = await world.lxc('init', ...argv)
      expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/type|virtual/i)])
    }
    expect(await world.done('list', '--format', 'csv')).toBe('')
    await world.done('image', 'delete', 'machine')
  })
})

describe('what is noted of an image', () => {
  it('is set, read and taken away, one property at a time', async () => {
    await world.done('image', 'set-property', 'busybox', 'note', 'a: "b", {c}\n✓')
    expect(await world.done('image', 'get-property', 'busybox', 'note')).toBe('a: "b", {c}\n✓\n')
    expect(await world.done('image', 'show', fingerprint)).toContain('note: |-')
    await world.done('image', 'unset-property', 'busybox', 'note')
    expect((await world.lxc('image', 'get-property', 'busybox', 'note')).exitCode).toBe(1)
    expect((await world.lxc('image', 'set-property', 'nosuch', 'a', 'b')).exitCode).toBe(1)
  })

  it('is edited as a document, whole', async () => {
    const before = await world.done('image', 'show', 'busybox')
    const edited = before
      .replace('public: false', 'public: true')
      .replace('auto_update: false', 'auto_update: true')
      .replace(/expires_at: .*/, 'expires_at: 2037-01-02T03:04:05Z')
      .replace('properties:', 'properties:\n  note: edited')
    const { exitCode, stderr } = await world.fed(edited, 'image', 'edit', 'busybox')
    expect([exitCode, stderr]).toEqual([0, ''])
    const after = await world.done('image', 'show', 'busybox')
    for (const line of [
      'public: true',
      'auto_update: true',
      '  note: edited',
      'expires_at: 2037-01-02T03:04:05Z',
    ])
      expect(after).toContain(line)
    expect((await world.fed(before, 'image', 'edit', 'busybox')).exitCode).toBe(0)
    expect(await world.done('image', 'show', 'busybox')).toBe(before)
    const wrong = before.replace(/profiles:\n- default/, 'profiles:\n- nosuch')
    const refused = await world.fed(wrong, 'image', 'edit', 'busybox')
    expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining('nosuch')])
    expect(await world.done('image', 'show', 'busybox')).toBe(before)
  })
})

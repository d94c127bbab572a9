import { randomBytes } from 'node:crypto'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { file, tar } from '../host/tar-file.ts'
import { freePort } from '../hostile/access-world.ts'
import { METADATA, ROOT } from '../hostile/image-file.ts'
import { hasLxd, type RealLxd, startLxd } from './real-lxd.ts'
import { type ClientWorld, openClientWorld } from './world.ts'

interface Shown {
  readonly fingerprint: string
  readonly public: boolean
  readonly size: number
  readonly properties: Readonly<Record<string, string>>
  readonly aliases: readonly { readonly name: string }[]
}

describe.skipIf(!hasLxd)('between this server and LXD itself, lxc image copy', () => {
  let own: ClientWorld
  let lxd: RealLxd

  beforeAll(async () => {
    own = await openClientWorld()
    await own.serve()
    await own.done('config', 'set', `core.https_address=127.0.0.1:${await freePort()}`)
    const printed = await own.done('config', 'trust', 'add', '--name', 'both')
    await own.done('remote', 'add', 'own', printed.trim().split('\n').at(-1) ?? '')
    lxd = await startLxd(own)
  }, 180_000)

  afterAll(async () => {
    await lxd?.[Symbol.asyncDispose]()
    await own?.close()
  }, 180_000)

  const shown = async (remote: string, name: string): Promise<Shown | undefined> => {
    const listed = await own.done('image', 'list', `${remote}:`, '--format', 'json')
    const all = JSON.parse(listed) as readonly Shown[]
    return all.find(({ aliases }) => aliases.some((alias) => alias.name === name))
  }

  const leftovers = async (): Promise<readonly string[]> => {
    const names = await readdir(join(own.directory, 'root/images'))
    const all = [...names, ...(await lxd.stored())]
    return all.filter((name) => !/^[0-9a-f]{64}(\.rootfs)?$/.test(name))
  }

  const ways = ['push', 'pull', 'relay'].flatMap((mode) =>
    ['own to real', 'real to own'].flatMap((way) =>
      ['unified', 'split'].map((form) => [mode, way, form] as const),
    ),
  )

  it.each(ways)('by %s, from %s, brings a %s image', async (mode, way, form) => {
    const [from = '', to = ''] = way.split(' to ')
    const { unified, metadata, rootfs } = own.image
    const files = form === 'split' ? [metadata, rootfs] : [unified]
    const note = randomBytes(4).toString('hex')
    await own.done('image', 'import', ...files, `${from}:`, '--alias', 'sent', `note=${note}`)
    await own.done('image', 'copy', `${from}:sent`, `${to}:`, '--alias', 'got', '--mode', mode)
    const before = await shown(from, 'sent')
    const after = await shown(to, 'got')
    expect(after).toMatchObject({ fingerprint: before?.fingerprint, size: before?.size })
    expect(after?.public).toBe(false)
    // A client that carries the image itself says nothing of what was noted beside it.
    if (mode !== 'relay') expect(after?.properties).toEqual(before?.properties)
    await own.done('image', 'delete', `${from}:sent`, `${to}:got`)
    expect(await leftovers()).toEqual([])
  })

  it('says that LXD refuses, however much was to be sent', async () => {
    const large = join(own.directory, 'large.tar')
    const noise = file('rootfs/large', randomBytes(40 * 1024 ** 2))
    await writeFile(large, tar(METADATA, ROOT, noise))
    await own.done('image', 'import', large, 'own:', '--alias', 'large')
    const { fingerprint = '' } = (await shown('own', 'large')) ?? {}
    const target = { target: `https://${lxd.address}`, certificate: await lxd.certificate() }
    const body = JSON.stringify({ ...target, secret: 'ab'.repeat(32) })
    const path = `own:/1.0/images/${fingerprint}/export`
    const sent = await own.lxc('query', '-X', 'POST', '--wait', '-d', body, path)
    expect([sent.exitCode, sent.stderr]).toEqual([1, expect.stringContaining('refuses')])
    await own.done('image', 'delete', 'own:large')
    expect(await leftovers()).toEqual([])
  })
})

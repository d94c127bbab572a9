import { mkdtemp, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../hostile/access-world.ts'
import { type ClientWorld, openClientWorld } from './world.ts'

/** Two servers, and a client of both: of `near` over its socket too. */
let near: ClientWorld
let far: ClientWorld

beforeAll(async () => {
  near = await openClientWorld()
  far = await openClientWorld()
  for (const [name, world] of [
    ['near', near],
    ['far', far],
  ] as const) {
    await world.serve()
    await world.done('config', 'set', `core.https_address=127.0.0.1:${await freePort()}`)
    const printed = await world.done('config', 'trust', 'add', '--name', 'both')
    await near.done('remote', 'add', name, printed.trim().split('\n').at(-1) ?? '')
  }
  await near.furnish()
  const { image } = far
  await far.done('image', 'import', image.metadata, image.rootfs, '--alias', 'split', 'note=theirs')
  await far.done('image', 'import', image.unified, '--alias', 'open/1', '--public')
}, 180_000)

afterAll(async () => {
  await near.close()
  await far.close()
}, 180_000)

interface Shown {
  readonly fingerprint: string
  readonly public: boolean
  readonly properties: Readonly<Record<string, string>>
  readonly profiles: readonly string[]
  readonly aliases: readonly { readonly name: string }[]
  readonly size: number
}

async function shown(image: string): Promise<Shown> {
  const [remote = '', name = ''] = image.split(':')
  const found = JSON.parse(await near.done('image', 'list', `${remote}:`, '--format', 'json'))
  const all = found as readonly Shown[]
  const one = all.find(({ aliases }) => aliases.some((alias) => alias.name === name))
  if (!one) throw new Error(`${remote} has no image ${name}: ${JSON.stringify(all)}`)
  return one
}

async function gone(...names: readonly string[]): Promise<void> {
  for (const name of names) await near.done('image', 'delete', name)
}

/** Everything in the store of a server that is no image. */
async function leftovers(world: ClientWorld): Promise<readonly string[]> {
  const names = await readdir(join(world.directory, 'root/images'))
  return names.filter((name) => !/^[0-9a-f]{64}(\.rootfs)?$/.test(name))
}

describe('lxc image copy', () => {
  it.each(['pull', 'push', 'relay'])('brings a private image by %s', async (mode) => {
    const before = await shown('far:split')
    await near.done('image', 'copy', 'far:split', 'near:', '--alias', 'copied', '--mode', mode)
    const { fingerprint, public: isPublic, properties, size, aliases } = await shown('near:copied')
    expect(fingerprint).toBe(before.fingerprint)
    expect([isPublic, size]).toEqual([false, before.size])
    if (mode !== 'relay') expect(properties).toEqual(before.properties)
    expect(aliases.map(({ name }) => name)).toEqual(['copied'])
    await gone('near:copied')
    expect([await leftovers(near), await leftovers(far)]).toEqual([[], []])
  })

  it('takes aliases along, to another project, and makes it public', async () => {
    await near.done('project', 'create', 'other', '-c', 'features.profiles=false')
    const to = ['near:', '--target-project', 'other', '--public']
    await near.done('image', 'copy', 'far:open/1', ...to, '--copy-aliases', '--alias', 'more')
    const found = await near.done('image', 'list', '--project', 'other', '--format', 'json')
    const [copied] = JSON.parse(found) as readonly Shown[]
    expect(copied).toMatchObject({ public: true, profiles: ['default'] })
    expect(copied?.aliases.map(({ name }) => name)).toEqual(['more', 'open/1'])
    await near.done('image', 'delete', 'more', '--project', 'other')
    await near.done('project', 'delete', 'other')
  })

  it('takes an image from a project of the other server', async () => {
    await far.done('project', 'create', 'theirs')
    const source = ['--project', 'theirs', '--alias', 'hidden', 'note=in a project']
    // Not the unified one: made in the same second, the two servers' are the same image.
    await far.done('image', 'import', far.image.metadata, far.image.rootfs, ...source)
    await near.done('project', 'switch', 'far:theirs')
    const to = ['near:', '--target-project', 'default', '--alias', 'found']
    await near.done('image', 'copy', 'far:hidden', ...to)
    await near.done('project', 'switch', 'far:default')
    expect((await shown('near:found')).properties.note).toBe('in a project')
    await gone('near:found')
    await far.done('image', 'delete', 'hidden', '--project', 'theirs')
    await far.done('project', 'delete', 'theirs')
  })

  it('says why it cannot, and leaves nothing', async () => {
    const { fingerprint } = await shown('far:split')
    const address = (await far.done('config', 'get', 'core.https_address')).trim()
    const source = { type: 'image', mode: 'pull', server: `https://${address}`, fingerprint }
    for (const change of [{}, { certificate: 'nonsense' }, { secret: 'ab'.repeat(32) }]) {
      const body = JSON.stringify({ source: { ...source, ...change } })
      const { exitCode } = await near.lxc(
        'query',
        '-X',
        'POST',
        '--wait',
        '-d',
        body,
        '/1.0/images',
      )
      expect(exitCode).toBe(1)
    }
    const none = await near.lxc('image', 'copy', 'far:nosuch', 'near:')
    expect(none.exitCode).toBe(1)
    expect(await leftovers(near)).toEqual([])
  })
})

describe('an image of another server', () => {
  it.each(['far:split', 'far:open/1'])('%s is launched as one of its own', async (image) => {
    await near.done('launch', image, 'c1')
    expect(await near.done('exec', 'c1', '--', 'echo', 'here')).toBe('here\n')
    const config = await near.done('config', 'get', 'c1', 'volatile.base_image')
    expect(config.trim()).toBe((await shown(image)).fingerprint)
    await near.done('delete', '--force', 'c1')
  })

  it('that is public is taken by whoever has no certificate there', async () => {
    const conf = await mkdtemp(join(near.directory, 'stranger-'))
    const env = [`LXD_CONF=${conf}`, `LXD_DIR=${join(near.directory, 'root')}`]
    const lxc = (...argv: readonly string[]) => near.run('env', ...env, 'lxc', ...argv)
    const address = (await far.done('config', 'get', 'core.https_address')).trim()
    const added = [
      'remote',
      'add',
      'open',
      `https://${address}`,
      '--accept-certificate',
      '--public',
    ]
    expect((await lxc(...added)).exitCode).toBe(0)
    const listed = await lxc('image', 'list', 'open:', '--format', 'csv', '-c', 'l')
    expect(listed.stdout).toBe('open/1\n')
    await near.lxc('image', 'delete', (await shown('far:open/1')).fingerprint)
    const copied = await lxc('image', 'copy', 'open:open/1', 'local:', '--alias', 'taken')
    expect([copied.exitCode, copied.stderr]).toEqual([0, ''])
    await gone('near:taken')
    const hidden = await lxc('image', 'copy', 'open:split', 'local:')
    expect(hidden.exitCode).toBe(1)
  })
})

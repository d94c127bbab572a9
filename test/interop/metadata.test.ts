import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { UBUNTU, withTemplateImage } from '../host/template-image.ts'
import { type ClientWorld, openClientWorld } from './world.ts'

let world: ClientWorld

beforeAll(async () => {
  world = await openClientWorld()
  await world.serve()
  await world.furnish()
  await withTemplateImage(UBUNTU, (path) =>
    world.done('image', 'import', path, '--alias', 'ubuntu'),
  )
  await world.done('init', 'ubuntu', 'c1', '-c', 'cloud-init.user-data=#cloud-config\nx: y')
})

afterAll(() => world.close())

describe('the image metadata of an instance, by lxc', () => {
  it('is shown and edited', async () => {
    const shown = await world.done('config', 'metadata', 'show', 'c1')
    expect(shown).toContain('/etc/hostname:')
    expect(shown).toContain('template: hostname.tpl')
    const { exitCode, stderr } = await world.fed(
      shown.replace('template: hostname.tpl', 'template: mine.tpl'),
      ...['config', 'metadata', 'edit', 'c1'],
    )
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(await world.done('config', 'metadata', 'show', 'c1')).toContain('template: mine.tpl')
  })

  it('is refused when it is none of an image', async () => {
    const { exitCode, stderr } = await world.fed(
      'architecture: z80\ncreation_date: 1\n',
      'config',
      'metadata',
      'edit',
      'c1',
    )
    expect(exitCode).toBe(1)
    expect(stderr).toContain('z80')
  })
})

describe('the templates of an instance, by lxc', () => {
  it('are listed, made, shown, edited and deleted', async () => {
    expect(await world.done('config', 'template', 'list', 'c1')).toContain('cloud-init-user.tpl')
    await world.done('config', 'template', 'create', 'c1', 'mine.tpl')
    const text = 'mine: {{ instance.name }}\n'
    const edited = await world.fed(text, 'config', 'template', 'edit', 'c1', 'mine.tpl')
    expect(edited).toMatchObject({ exitCode: 0 })
    expect(await world.done('config', 'template', 'show', 'c1', 'mine.tpl')).toBe(text)
    await world.done('config', 'template', 'create', 'c1', 'other.tpl')
    await world.done('config', 'template', 'delete', 'c1', 'other.tpl')
    expect(await world.done('config', 'template', 'list', 'c1')).not.toContain('other.tpl')
    expect(await world.lxc('config', 'template', 'show', 'c1', 'other.tpl')).toMatchObject({
      exitCode: 1,
    })
  })

  it.each(['../metadata.yaml', '..', 'a/b', '/etc/passwd'])('have no name %s', async (name) => {
    for (const verb of ['show', 'create', 'delete']) {
      const { exitCode, stderr } = await world.lxc('config', 'template', verb, 'c1', name)
      expect(exitCode).toBe(1)
      expect(stderr).toContain('cannot be the name of a file')
    }
  })

  it('make what they say when it starts', async () => {
    await world.done('start', 'c1')
    expect(await world.done('file', 'pull', 'c1/etc/hostname', '-')).toBe('mine: c1\n')
    const seed = 'c1/var/lib/cloud/seed/nocloud-net/user-data'
    expect(await world.done('file', 'pull', seed, '-')).toBe('#cloud-config\nx: y')
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isLxworksError } from '../../../lib/core/errors.ts'
import { imagesWorld } from './world.ts'

const PROJECT = { project: 'default' } as const

async function withImage() {
  const world = await imagesWorld()
  const path = await world.image('a.tar', { os: 'x', gone: 'soon' })
  const { fingerprint } = await world.images.import({ ...PROJECT, path })
  return Object.assign(world, { fingerprint })
}

describe('what is recorded of an image', () => {
  it('is changed where a change says so, and only there', async () => {
    await using world = await withImage()
    const { images, fingerprint } = world
    const before = await images.get('default', fingerprint)
    const expiresAt = new Date('2030-01-02T03:04:05Z')
    await images.update('default', fingerprint, { public: true, autoUpdate: true, expiresAt })
    expect(await images.get('default', fingerprint)).toEqual({
      ...{ ...before, public: true, autoUpdate: true, expiresAt },
    })
    await images.update('default', fingerprint, { properties: { os: 'y', empty: '' } })
    expect((await images.get('default', fingerprint)).properties).toEqual({ os: 'y' })
  })

  it('keeps the difference between the default profile and none at all', async () => {
    await using world = await withImage()
    const { images, fingerprint } = world
    const profiles = async () => (await images.get('default', fingerprint)).profiles
    expect(await profiles()).toEqual(['default'])
    await images.update('default', fingerprint, { profiles: [] })
    expect(await profiles()).toEqual([])
    await images.update('default', fingerprint, { profiles: null })
    expect(await profiles()).toEqual(['default'])
  })

  it('notes when it was last used', async () => {
    await using world = await withImage()
    const { images, fingerprint } = world
    expect((await images.get('default', fingerprint)).lastUsedAt).toBeUndefined()
    const before = Date.now()
    await images.touch('default', fingerprint)
    const { lastUsedAt } = await images.get('default', fingerprint)
    expect(lastUsedAt?.getTime()).toBeGreaterThanOrEqual(before)
  })

  it('gives requirements to whoever plans an instance', async () => {
    await using world = await withImage()
    const { images, fingerprint } = world
    await images.update('default', fingerprint, { properties: { 'requirements.cgroup': 'v1' } })
    expect((await images.facts('default', fingerprint)).requirements).toEqual({ cgroup: 'v1' })
  })

  it('takes any properties, and gives back what it took', async () => {
    await using world = await withImage()
    const { images, fingerprint } = world
    const text = fc.string({ unit: 'grapheme', minLength: 1 })
    const properties = fc.dictionary(text, text, { maxKeys: 5, noNullPrototype: true })
    await fc.assert(
      fc.asyncProperty(properties, async (wanted) => {
        await images.update('default', fingerprint, { properties: wanted })
        expect((await images.get('default', fingerprint)).properties).toEqual(wanted)
      }),
    )
  })
})

describe('aliases', () => {
  it('are made, found, changed, renamed and deleted', async () => {
    await using world = await withImage()
    const { images, fingerprint } = world
    await images.aliases.create('default', { name: 'a/b c', target: fingerprint })
    expect(await images.aliases.get('default', 'a/b c')).toEqual({
      ...{ name: 'a/b c', description: '', target: fingerprint, type: 'container' },
    })
    await images.aliases.update('default', 'a/b c', { description: 'new' })
    await images.aliases.rename('default', 'a/b c', 'd')
    expect(await images.aliases.list('default')).toMatchObject([{ name: 'd', description: 'new' }])
    await images.aliases.delete('default', 'd')
    expect(await images.aliases.list('default')).toEqual([])
    const verbs = world.events.map((event) => event.type === 'lifecycle' && event.action)
    expect(verbs.slice(1)).toEqual(
      ['created', 'updated', 'renamed', 'deleted'].map((verb) => `image-alias-${verb}`),
    )
  })

  it('have one image each, and that has to be there', async () => {
    await using world = await withImage()
    const { images, fingerprint } = world
    const missing = { name: 'a', target: 'ab'.repeat(32) }
    const refusals = [
      [images.aliases.create('default', missing), 'IMAGE_NOT_FOUND'],
      [images.aliases.get('default', 'a'), 'IMAGE_ALIAS_NOT_FOUND'],
      [images.aliases.delete('default', 'a'), 'IMAGE_ALIAS_NOT_FOUND'],
      [images.aliases.rename('default', 'a', 'b'), 'IMAGE_ALIAS_NOT_FOUND'],
      [images.aliases.update('default', 'a', {}), 'IMAGE_ALIAS_NOT_FOUND'],
    ] as const
    for (const [refused, code] of refusals)
      await expect(refused).rejects.toMatchObject({ kind: 'notFound', code })
    for (const name of ['a', 'b'])
      await images.aliases.create('default', { name, target: fingerprint })
    const taken = [
      images.aliases.create('default', { name: 'a', target: fingerprint }),
      images.aliases.rename('default', 'a', 'b'),
    ]
    for (const refused of taken)
      await expect(refused).rejects.toMatchObject({ kind: 'exists', code: 'IMAGE_ALIAS_EXISTS' })
  })

  it('go with their image', async () => {
    await using world = await withImage()
    const { images, fingerprint } = world
    await images.aliases.create('default', { name: 'a', target: fingerprint })
    await images.delete('default', fingerprint)
    expect(await images.aliases.list('default')).toEqual([])
  })

  it('with any name are one line, or refused by name', async () => {
    await using world = await withImage()
    const { images, fingerprint: target } = world
    const name = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', '\n', 'a\0', '\u2028'))
    await fc.assert(
      fc.asyncProperty(name, async (given) => {
        try {
          await images.aliases.create('default', { name: given, target })
          expect((await images.resolve('default', given)).fingerprint).toBe(target)
          expect(given).not.toMatch(/[\p{Cc}\u2028\u2029]/u)
          await images.aliases.delete('default', given)
        } catch (error) {
          expect(isLxworksError(error) && error.code).toBe('IMAGE_BAD_ALIAS')
        }
      }),
    )
  })
})

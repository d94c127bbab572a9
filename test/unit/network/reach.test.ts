import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addProject, openWorld, type World } from './world.ts'

let world: World

beforeEach(async () => {
  world = await openWorld({
    // As of a restricted project that may use managed networks of these names.
    reach: async (project) =>
      project === 'tame'
        ? ({ name, managed }) => managed && ['br0', 'br2'].includes(name)
        : undefined,
  })
  for (const name of ['br0', 'br1']) await world.networks.create({ project: 'default', name })
  await addProject(world, 'tame', undefined)
})

afterEach(() => world.database.close())

describe('a project that may only know of some networks', () => {
  it('finds no others, whatever it asks of them, in the words for what is not there', async () => {
    const { networks } = world
    for (const name of ['br1', 'nosuch', 'eth0', 'br-host']) {
      const asked = [
        networks.get('tame', name),
        networks.update('tame', name, {}),
        networks.rename('tame', name, 'br2'),
        networks.delete('tame', name),
        networks.state('tame', name),
        networks.leases('tame', name),
        networks.facts('tame', name),
      ]
      for (const answer of asked)
        await expect(answer).rejects.toMatchObject({
          ...{ kind: 'notFound', code: 'NETWORK_NOT_FOUND' },
          message: expect.stringContaining(`no network ${name} in project default`),
        })
    }
    expect((await networks.list('tame')).map(({ name }) => name)).toEqual(['br0'])
  })

  it('uses and changes those as if they were all', async () => {
    const { networks } = world
    await networks.update('tame', 'br0', { description: 'mine' })
    expect(await networks.get('tame', 'br0')).toMatchObject({ description: 'mine' })
    expect(await networks.facts('tame', 'br0')).toMatchObject({ managed: true })
    await networks.rename('tame', 'br0', 'br2')
    await networks.delete('tame', 'br2')
  })

  it('makes none of another name', async () => {
    const refusal = { kind: 'denied', code: 'NETWORK_NOT_ALLOWED' }
    const { networks } = world
    await expect(networks.create({ project: 'tame', name: 'br3' })).rejects.toMatchObject(refusal)
    await expect(networks.rename('tame', 'br0', 'br3')).rejects.toMatchObject(refusal)
    await networks.create({ project: 'tame', name: 'br2' })
  })

  it('takes nothing from other projects', async () => {
    const names = (await world.networks.list('default')).map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['br0', 'br1', 'eth0']))
  })
})
